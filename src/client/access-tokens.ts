import type { Clock } from '../domain/clock.ts';
import { AskedBatch } from './asked-batch.ts';
import { batchesOf } from './batches-of.ts';
import type { TokenVaultConnection } from './connect.ts';
import { SharedRate } from './shared-rate.ts';
import type { TokenTerms, UserToken } from './user-token.ts';

/** The most that one call takes. */
const BATCH = 100;
const CALLS_IN_FLIGHT = 4;

/** A list of user ids, or what can be gone through, such as a cursor; a text is none. */
export type UserIds = (Iterable<string> & object) | AsyncIterable<string>;

export interface AccessTokensOptions extends TokenTerms {
  /** Calls that are under way at a time, each for up to 100 users; a whole number from 1 on. Default 4. */
  readonly callsInFlight?: number | undefined;
}

export interface AccessTokensDeps {
  readonly connection: Pick<TokenVaultConnection, 'batchGetAccessTokens'>;
  readonly clock: Clock;
}

/**
 * Access tokens of any number of users, in the order in which they are named. Users are taken from
 * `userIds` as results are consumed, so that memory stays small; leaving the loop early begins no
 * further call. A user without a token has an `error`: what may pass was repeated already. A rate that
 * is used up is waited for, however long that takes. The loop throws TokenVaultError where no user
 * could fare better: what is asked for is not valid or not allowed, or TokenVault cannot be reached as
 * things are set; and what `userIds` throws, after the results of those named before.
 * @throws TypeError for `userIds` that cannot be gone through or are a text, RangeError for a
 *   `callsInFlight` that is no whole number from 1 on: at once
 */
export function accessTokens(
  deps: AccessTokensDeps,
  userIds: UserIds,
  options: AccessTokensOptions,
): AsyncGenerator<UserToken, void, undefined> {
  check(userIds, options);
  return tokensOf(deps, userIds, options);
}

async function* tokensOf(
  { connection, clock }: AccessTokensDeps,
  userIds: UserIds,
  { callsInFlight = CALLS_IN_FLIGHT, ...terms }: AccessTokensOptions,
): AsyncGenerator<UserToken, void, undefined> {
  const leaving = new AbortController();
  const stopped = leaving.signal;
  const ports = { connection, clock, stopped, rate: new SharedRate(clock, stopped) };
  const batches = batchesOf(userIds, BATCH);
  const underWay: Promise<AskedBatch>[] = [];
  let coming: Coming | undefined = next(batches);
  let isEnded = false;
  try {
    for (;;) {
      const event = await firstOf(coming, underWay[0]);
      if (event === undefined) break;
      if ('gathered' in event) {
        underWay.shift();
        yield* event.gathered.results();
      } else {
        coming = undefined;
        if (event.batch === undefined) isEnded = true;
        else underWay.push(quiet(new AskedBatch(event.batch, terms, ports).gather()));
      }
      const hasPlace = !isEnded && underWay.length < callsInFlight;
      if (coming === undefined && hasPlace) coming = next(batches);
    }
  } finally {
    leaving.abort();
    // It may stand in the middle of a wait for the next user, which nobody should wait for.
    void quiet(batches.return(undefined));
  }
}

/** The next users; undefined where no more are named. */
type Coming = Promise<readonly string[] | undefined>;

type Event = { readonly batch: readonly string[] | undefined } | { readonly gathered: AskedBatch };

/** What comes first, undefined where nothing is to come. A source that failed is heard of last. */
function firstOf(
  coming: Coming | undefined,
  head: Promise<AskedBatch> | undefined,
): Promise<Event> | undefined {
  const batch = coming?.then((users): Event => ({ batch: users }));
  const gathered = head?.then((asked): Event => ({ gathered: asked }));
  if (batch === undefined || gathered === undefined) return batch ?? gathered;
  return Promise.race([batch.catch(() => gathered), gathered]);
}

function next(batches: AsyncGenerator<readonly string[], undefined, undefined>): Coming {
  return quiet(batches.next().then(({ value }) => value));
}

/** It may fail while the consumer is busy, and is asked for later. */
function quiet<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

function check(userIds: unknown, { callsInFlight }: AccessTokensOptions): void {
  const isObject = typeof userIds === 'object' && userIds !== null;
  if (!isObject || !(Symbol.iterator in userIds || Symbol.asyncIterator in userIds)) {
    throw new TypeError('userIds must be a list of user ids, or an iterable of them.');
  }
  const isCount = callsInFlight === undefined || Number.isSafeInteger(callsInFlight);
  if (!isCount || (callsInFlight ?? 1) < 1) {
    throw new RangeError('callsInFlight must be a whole number from 1 on.');
  }
}
