import { backoffMs } from '../concurrency/backoff.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import type { Random } from '../domain/random.ts';
import { awake } from './awake.ts';
import { RetryBudget } from './retry-budget.ts';
import { mayRepeat } from './retry-rules.ts';
import type { Send } from './send.ts';
import { TokenVaultError } from './token-vault-error.ts';

const BACKOFF = { firstMs: 100, mostMs: 5_000 };
/** Callers that were all told to wait as long come back spread over a quarter of it more. */
const JITTER = 0.25;
/** A try that has less time than this would only turn a reason into DEADLINE_EXCEEDED. */
const SHORTEST_TRY_MS = 100;

export interface RetryPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the connection is closed: then nothing is waited for any more. */
  readonly closed: AbortSignal;
}

/**
 * Repeats calls that may go well later, no sooner than RetryInfo says, while that fits into their
 * deadline. A wait that does not fit is not begun, and one is ended where the connection is closed:
 * the failure is thrown at once, with its reason.
 */
export function retrying<Client>(
  send: Send<Client>,
  { clock, random, closed }: RetryPorts,
): Send<Client> {
  const budget = new RetryBudget(clock);
  return async (method, request, options) => {
    budget.earn();
    const end = clock.monotonic() + options.timeoutMs;
    let sent = false;
    for (let tries = 1; ; tries += 1) {
      try {
        return await send(method, request, { ...options, timeoutMs: end - clock.monotonic() });
      } catch (error) {
        if (!(error instanceof TokenVaultError)) throw error;
        sent ||= error.sent;
        const failure = sent === error.sent ? error : new TokenVaultError({ ...error, sent });
        if (!mayRepeat(error, tries, request)) throw failure;
        const waitMs = waitAfter(error, tries, random);
        if (clock.monotonic() + waitMs + SHORTEST_TRY_MS > end) throw failure;
        // What never left was no load to anybody.
        if (error.sent && !budget.spend()) throw failure;
        await awake(sleep(clock, waitMs, closed));
        if (closed.aborted) throw failure;
      }
    }
  };
}

function waitAfter({ retryAfterMs = 0 }: TokenVaultError, tries: number, random: Random): number {
  const least = retryAfterMs * (1 + JITTER * random.unit());
  return Math.max(least, backoffMs(tries, BACKOFF, random));
}
