import type { Clock } from '../domain/clock.ts';
import { AskedBatch, type TokenTerms, type UserToken } from './asked-batch.ts';
import type { TokenVaultConnection } from './connect.ts';

/** The most that one call takes. */
const BATCH = 100;
const CALLS_IN_FLIGHT = 4;

export interface AccessTokensOptions extends TokenTerms {
  /** Calls that are under way at a time, each for up to 100 users. Default 4. */
  readonly callsInFlight?: number | undefined;
}

export interface AccessTokensDeps {
  readonly connection: Pick<TokenVaultConnection, 'batchGetAccessTokens'>;
  readonly clock: Clock;
}

/**
 * Access tokens of any number of users, in the order in which they are named. Users are taken from
 * `userIds` as results are consumed, so that memory stays small; leaving the loop early begins no
 * further call. A user without a token has an `error`: what may pass was repeated already.
 * @throws TokenVaultError where no user could fare better: what is asked for is not valid or not
 *   allowed, or TokenVault cannot be reached as things are set; what `userIds` throws
 */
export async function* accessTokens(
  { connection, clock }: AccessTokensDeps,
  userIds: Iterable<string> | AsyncIterable<string>,
  { callsInFlight = CALLS_IN_FLIGHT, ...terms }: AccessTokensOptions,
): AsyncGenerator<UserToken, void, undefined> {
  const stopped = new AbortController();
  const ports = { connection, clock, stopped: stopped.signal };
  const batches = inBatches(userIds);
  let mostUnderWay = Math.max(1, callsInFlight);
  const underWay: Promise<readonly UserToken[]>[] = [];
  let coming: Promise<readonly string[] | undefined> | undefined = next(batches);
  try {
    for (;;) {
      const event = await firstOf(coming, underWay[0]);
      if (event === undefined) return;
      if ('answers' in event) {
        underWay.shift();
        yield* event.answers;
      } else if (event.batch !== undefined) {
        underWay.push(quiet(new AskedBatch(event.batch, terms, ports).results()));
        coming = undefined;
      } else {
        // No more are named.
        coming = undefined;
        mostUnderWay = 0;
      }
      if (coming === undefined && underWay.length < mostUnderWay) coming = next(batches);
    }
  } finally {
    stopped.abort();
    // It may stand in the middle of a wait for the next user, which nobody should wait for.
    void quiet(batches.return(undefined));
  }
}

type Event =
  | { readonly batch: readonly string[] | undefined }
  | { readonly answers: readonly UserToken[] };

/** What comes first, undefined where nothing is to come. */
function firstOf(
  coming: Promise<readonly string[] | undefined> | undefined,
  head: Promise<readonly UserToken[]> | undefined,
): Promise<Event> | undefined {
  const events: Promise<Event>[] = [];
  if (coming !== undefined) events.push(coming.then((batch) => ({ batch })));
  if (head !== undefined) events.push(head.then((answers) => ({ answers })));
  return events.length === 0 ? undefined : Promise.race(events);
}

async function* inBatches(
  userIds: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<readonly string[], undefined, undefined> {
  let batch: string[] = [];
  for await (const userId of userIds) {
    batch.push(userId);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function next(batches: AsyncGenerator<readonly string[], undefined, undefined>) {
  return quiet(batches.next().then(({ value }) => value));
}

/** It may fail while the consumer is busy, and is asked for later. */
function quiet<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
