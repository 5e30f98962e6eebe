import { inTime } from '../concurrency/in-time.ts';
import type { CallContext } from '../domain/caller.ts';
import { notAllowed } from '../domain/caller-rights.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import { unexpectedErrorFields } from '../domain/unexpected-error.ts';
import { type AccessTokenCache, type CachedToken, livesLongEnough } from './access-token-cache.ts';
import type { GetAccessToken } from './get-access-token.ts';
import type { HandOut } from './hand-out.ts';
import type { BatchGetAccessTokensRequest, TokenBatch } from './token-vault.ts';

/** So long before its deadline a call answers with what it has: of a short one, a quarter of it. */
const SPARE_MS = 500;
const SPARE_SHARE = 0.25;

export interface BatchGetAccessTokensDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface BatchGetAccessTokensParts {
  readonly tokens: Pick<GetAccessToken, 'token'>;
  readonly cache: Pick<AccessTokenCache, 'remainingMs'>;
  readonly handOut: HandOut;
}

type Outcome = CachedToken | Failure;
type Found = Outcome | Promise<Outcome>;
/** By user; each user once. */
type Outcomes = Map<string, Outcome>;

/** What is under way for the user goes on, for whoever asks again. */
const NOT_THERE = new Failure('NOT_READY', { detail: 'the token is not there in time' });
const OVERTAKEN = new Failure('CONCURRENT_UPDATE', { detail: 'revoked or expired meanwhile' });

/** A batch under way. */
interface Asked {
  readonly request: BatchGetAccessTokensRequest;
  readonly context: CallContext;
  readonly outcomes: Outcomes;
  /** Until when its tokens are waited for, and until when they are checked, on the monotonic clock. */
  readonly gatherUntil: number;
  readonly checkUntil: number;
}

/** BatchGetAccessTokens: for each user what GetAccessToken would give, with less haste. */
export class BatchGetAccessTokens {
  readonly #deps: BatchGetAccessTokensDeps;
  readonly #parts: BatchGetAccessTokensParts;

  constructor(deps: BatchGetAccessTokensDeps, parts: BatchGetAccessTokensParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  run(
    request: BatchGetAccessTokensRequest,
    context: CallContext,
  ): TokenBatch | Promise<TokenBatch> {
    const { rights, deadline } = context;
    if (!rights.allowsClient(request.oauthClient)) throw notAllowed('oauthClient');
    if (!rights.allowsScopes(request.scopes)) throw notAllowed('scope');
    const found = request.userIds.map((userId) => this.#token({ request, context }, userId));
    if (found.every(isThere)) return { results: found, scopes: request.scopes };
    const spareMs = Math.min(SPARE_MS, (deadline - this.#deps.clock.monotonic()) * SPARE_SHARE);
    const [gatherUntil, checkUntil] = [deadline - spareMs, deadline - spareMs / 2];
    const asked = { request, context, outcomes: new Map(), gatherUntil, checkUntil };
    return this.#gather(asked, this.#take(asked, request.userIds, found));
  }

  /** Takes in what was found for users, the first of those who are named twice. @returns what is still to come */
  #take(
    { outcomes }: Pick<Asked, 'outcomes'>,
    userIds: readonly string[],
    found: readonly Found[],
  ): readonly Promise<void>[] {
    return userIds.flatMap((userId, place) => {
      const one = found[place];
      if (one === undefined || outcomes.has(userId)) return [];
      outcomes.set(userId, isThere(one) ? one : NOT_THERE);
      return isThere(one) ? [] : [one.then((outcome) => void outcomes.set(userId, outcome))];
    });
  }

  #token({ request, context }: Pick<Asked, 'request' | 'context'>, userId: string): Found {
    const { oauthClient, scopes, minTtlMs } = request;
    const failed = (error: unknown) => this.#failureOf(error, context);
    try {
      const wanted = { userId, oauthClient, scopes, minTtlMs };
      const token = this.#parts.tokens.token(wanted, context, 'batch');
      return token instanceof Promise ? token.catch(failed) : token;
    } catch (error) {
      return failed(error);
    }
  }

  /**
   * Waits for those that are still to come. By then the others may have been overtaken by a
   * revocation, or have ended: these are got anew, once.
   */
  async #gather(asked: Asked, waiting: readonly Promise<void>[]): Promise<TokenBatch> {
    const { outcomes, gatherUntil } = asked;
    let coming = waiting;
    for (let isAgain = false; ; isAgain = true) {
      await this.#before(gatherUntil, Promise.all(coming));
      const overtaken = await this.#overtaken(asked);
      if (overtaken.length === 0) return this.#answerOf(asked);
      const isLate = this.#deps.clock.monotonic() >= gatherUntil;
      if (isAgain || isLate) {
        for (const userId of overtaken) outcomes.set(userId, isLate ? NOT_THERE : OVERTAKEN);
        return this.#answerOf(asked);
      }
      for (const userId of overtaken) outcomes.delete(userId);
      const found = overtaken.map((userId) => this.#token(asked, userId));
      coming = this.#take(asked, overtaken, found);
    }
  }

  /** Looks at every token once more. @returns whose may not leave: act on it before the next await */
  async #overtaken({ request, outcomes, context, checkUntil }: Asked): Promise<readonly string[]> {
    const { cache, handOut } = this.#parts;
    const settling = handOut.settleAll(tokensIn(outcomes).map(([, token]) => token));
    const settled = settling.catch((error: unknown) => {
      const failure = this.#failureOf(error, context);
      for (const [userId] of tokensIn(outcomes)) outcomes.set(userId, failure);
      return [];
    });
    const leaving = new Set(await this.#before(checkUntil, settled));
    const mayLeave = (token: CachedToken) => {
      const verdict = handOut.verdict(token);
      // What came meanwhile is not among those that have waited for the view.
      if (verdict === 'named' || !(leaving.has(token) || verdict === 'leave')) return false;
      return livesLongEnough(token, cache.remainingMs(token), request.minTtlMs);
    };
    return tokensIn(outcomes).flatMap(([userId, token]) => (mayLeave(token) ? [] : [userId]));
  }

  #answerOf({ request, outcomes }: Asked): TokenBatch {
    const results = request.userIds.map((userId) => outcomes.get(userId) ?? NOT_THERE);
    return { results, scopes: request.scopes };
  }

  #before<T>(until: number, work: Promise<T>): Promise<T | undefined> {
    const { clock } = this.#deps;
    return inTime(clock, until - clock.monotonic(), work);
  }

  /** A defect in what is done for one user takes the others' tokens from nobody. */
  #failureOf(error: unknown, context: CallContext): Failure {
    if (error instanceof Failure) return error;
    const fields = { requestId: context.requestId, ...unexpectedErrorFields(error) };
    this.#deps.logger.error('unexpected_error', { method: 'BatchGetAccessTokens', ...fields });
    return new Failure('INTERNAL');
  }
}

function isThere(found: Found): found is Outcome {
  return !(found instanceof Promise);
}

function tokensIn(outcomes: Outcomes): readonly (readonly [userId: string, CachedToken])[] {
  return [...outcomes].flatMap(([userId, outcome]) =>
    outcome instanceof Failure ? [] : [[userId, outcome] as const],
  );
}
