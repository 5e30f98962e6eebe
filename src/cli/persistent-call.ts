import { TokenVaultError } from '../client/token-vault-error.ts';
import { backoffMs } from '../concurrency/backoff.ts';
import { sleep } from '../domain/clock.ts';
import { systemRandom } from '../observability/system-random.ts';
import type { CliContext } from './cli-context.ts';

const BACKOFF = { firstMs: 500, mostMs: 15_000 };

/** Of statuses without a reason, those after which the same call may go well. */
const PASSING: ReadonlySet<string> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED']);

export interface Persistence {
  /** No further try begins this long after the first. */
  readonly patienceMs: number;
  /** Whether a failure may pass; default: as `mayPass` says. */
  readonly passes?: (failure: TokenVaultError) => boolean;
  readonly signal?: AbortSignal;
}

/** Whether the same call may go well later, by what TokenVault or gRPC says of it. */
export function mayPass({ reason, code, retryAfterMs }: TokenVaultError): boolean {
  return reason === undefined ? PASSING.has(code) : retryAfterMs !== undefined;
}

/** Repeats a call that may be repeated, no sooner than RetryInfo says. @throws TokenVaultError, the last one */
export async function callPersistently<T>(
  { clock }: Pick<CliContext, 'clock'>,
  call: () => Promise<T>,
  { patienceMs, passes = mayPass, signal }: Persistence,
): Promise<T> {
  const until = clock.monotonic() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof TokenVaultError) || !passes(error)) throw error;
      const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs(attempt, BACKOFF, systemRandom));
      if (signal?.aborted || clock.monotonic() + waitMs > until) throw error;
      await sleep(clock, waitMs, signal);
    }
  }
}
