import { createHash } from 'node:crypto';
import type { CallContext } from '../domain/caller.ts';
import { type CallerRights, notAllowed } from '../domain/caller-rights.ts';
import { type Clock, type Instant, instantOf } from '../domain/clock.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Secret } from '../domain/secret.ts';
import {
  type AccessTokenCache,
  type CachedToken,
  livesLongEnough,
  type TokenKey,
  tokenKeyText,
} from './access-token-cache.ts';
import type { HandOut } from './hand-out.ts';
import type { TokenFlights } from './token-flights.ts';
import type { GetAccessTokenRequest, IssuedToken } from './token-vault.ts';
import type { Urgency } from './urgency.ts';
import type { UserGate } from './user-gate.ts';
import type { UserRate } from './user-rate.ts';

export interface GetAccessTokenDeps {
  readonly clock: Clock;
  readonly metrics: Metrics;
}

export interface GetAccessTokenParts {
  readonly cache: AccessTokenCache;
  readonly flights: TokenFlights;
  readonly handOut: HandOut;
  readonly gate: UserGate;
  readonly rejections: UserRate;
}

type Answer = CachedToken | Promise<CachedToken>;

/** GetAccessToken: from the cache without any I/O, else by one shared refresh. */
export class GetAccessToken {
  readonly #deps: GetAccessTokenDeps;
  readonly #parts: GetAccessTokenParts;
  readonly #countHit: () => void;

  constructor(deps: GetAccessTokenDeps, parts: GetAccessTokenParts) {
    this.#deps = deps;
    this.#parts = parts;
    this.#countHit = deps.metrics.counter('tokenvault_token_cache_total', { outcome: 'hit' });
  }

  run(request: GetAccessTokenRequest, context: CallContext): IssuedToken | Promise<IssuedToken> {
    const { rights } = context;
    if (!rights.allowsClient(request.oauthClient)) throw notAllowed('oauthClient');
    if (!rights.allowsScopes(request.scopes)) throw notAllowed('scope');
    return this.token(request, context, 'call');
  }

  /** For a caller that may have this client's tokens with these scopes. */
  token(request: GetAccessTokenRequest, context: CallContext, urgency: Urgency): Answer {
    const { rights } = context;
    const { cache, handOut } = this.#parts;
    const now = instantOf(this.#deps.clock);
    const cached = cache.get(tokenKeyText(request), urgency, now);
    const remainingMs = cached === undefined ? 0 : cache.remainingMs(cached, now);
    if (cached === undefined || remainingMs <= 0) return this.#mint(request, rights, urgency);
    // As for a user who is not known: the answer takes as long, and is the record's.
    if (!rights.allowsUser(cached.hostedDomain)) return this.#mint(request, rights, urgency);
    if (this.#isRejected(cached, request)) {
      return this.#replaceRejected(cached, request, context);
    }
    if (!livesLongEnough(cached, remainingMs, request.minTtlMs)) {
      return this.#mint(request, rights, urgency);
    }
    const verdict = handOut.verdict(cached, now);
    if (verdict === 'leave') return narrowed(this.#hit(cached, now, urgency), rights);
    if (verdict === 'view-too-old')
      return this.#afterReading(cached, request, { context, urgency });
    cache.drop(cached);
    return this.#mint(request, rights, urgency);
  }

  #hit(cached: CachedToken, now: Instant, urgency: Urgency): CachedToken {
    const ahead = this.#parts.cache.wantsRefresh(cached, now);
    if (ahead) {
      this.#count('ahead');
      this.#parts.flights.refreshAhead(cached.key, urgency);
    } else this.#countHit();
    return cached;
  }

  async #afterReading(
    cached: CachedToken,
    request: GetAccessTokenRequest,
    { context, urgency }: { readonly context: CallContext; readonly urgency: Urgency },
  ): Promise<CachedToken> {
    const { cache, handOut } = this.#parts;
    const verdict = await handOut.settle(cached, 'cached');
    const now = instantOf(this.#deps.clock);
    if (verdict === 'leave' && cache.remainingMs(cached, now) > 0) {
      return narrowed(this.#hit(cached, now, urgency), context.rights);
    }
    cache.drop(cached);
    return this.token(request, context, urgency);
  }

  /** A result that a revocation or its own end overtook is thrown away; the call starts over once, from the record. */
  async #mint(
    { userId, oauthClient, scopes }: GetAccessTokenRequest,
    rights: CallerRights,
    urgency: Urgency,
  ): Promise<CachedToken> {
    const key: TokenKey = { userId, oauthClient, scopes };
    this.#count('miss');
    if (!rights.coversEveryUser) await this.#parts.gate.admit(userId, rights, urgency);
    const first = await this.#takeOff(key, urgency);
    if (first !== undefined) return narrowed(first, rights);
    const second = await this.#takeOff(key, urgency);
    if (second !== undefined) return narrowed(second, rights);
    throw new Failure('CONCURRENT_UPDATE', { detail: 'revoked or expired meanwhile, twice' });
  }

  /** @returns undefined where the result may not leave */
  async #takeOff(key: TokenKey, urgency: Urgency): Promise<CachedToken | undefined> {
    try {
      const token = await this.#parts.flights.token(key, urgency);
      const verdict = await this.#settleNow(token);
      const lives = this.#parts.cache.remainingMs(token) > 0;
      return verdict === 'leave' && lives ? token : undefined;
    } catch (error) {
      if (isFailure(error, 'CONCURRENT_UPDATE')) return undefined;
      throw error;
    }
  }

  /** Without an await where none is needed, so that the check and the hand-over are one turn. */
  #settleNow(token: CachedToken): 'leave' | 'named' | Promise<'leave' | 'named'> {
    const verdict = this.#parts.handOut.verdict(token);
    return verdict === 'view-too-old' ? this.#parts.handOut.settle(token, 'flight') : verdict;
  }

  #isRejected(cached: CachedToken, { rejectedTokenSha256 }: GetAccessTokenRequest): boolean {
    if (rejectedTokenSha256 === undefined) return false;
    return sha256(cached.accessToken) === rejectedTokenSha256;
  }

  async #replaceRejected(
    cached: CachedToken,
    request: GetAccessTokenRequest,
    { caller, rights }: CallContext,
  ): Promise<CachedToken> {
    this.#parts.rejections.take(caller.id, request.userId);
    this.#parts.cache.drop(cached);
    return this.#mint(request, rights, 'call');
  }

  #count(outcome: 'ahead' | 'miss'): void {
    this.#deps.metrics.count('tokenvault_token_cache_total', { outcome });
  }
}

/** What leaves is within the caller's rights, whoever it was minted for. */
function narrowed(token: CachedToken, rights: CallerRights): CachedToken {
  if (!rights.allowsClient(token.key.oauthClient)) throw notAllowed('oauthClient');
  if (!rights.allowsScopes(token.scopes)) throw notAllowed('scope');
  if (!rights.allowsUser(token.hostedDomain)) throw notAllowed('user');
  return token;
}

function sha256(token: Secret): string {
  return createHash('sha256').update(token.reveal()).digest('hex');
}
