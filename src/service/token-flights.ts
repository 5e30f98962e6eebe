import type { LRUCache } from 'lru-cache';
import { boundedMap } from '../concurrency/bounded-map.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { Reason } from '../domain/reasons.ts';
import {
  type AccessTokenCache,
  type CachedToken,
  type TokenKey,
  tokenKeyText,
} from './access-token-cache.ts';
import { FROM_RECORD } from './active-term.ts';
import type { GoogleGate } from './google-gate.ts';
import type { HandOut } from './hand-out.ts';
import type { ServiceLimits } from './limits.ts';
import type { RefreshTurns } from './refresh-turns.ts';
import type { RevocationView } from './revocation-view.ts';
import type { MintObserver, TokenMinter } from './token-minter.ts';
import type { Urgency } from './urgency.ts';

/** Failures that are remembered, for each token that the cache may hold. */
const FAILURES_PER_TOKEN = 0.5;

/** One refresh under way, with all who wait for it. */
class Flight implements MintObserver {
  /** A batch's, until a call waits for it, too. */
  urgency: Urgency;
  /** The view's mark before the record was read; undefined until then. */
  mark: number | undefined;
  hasAskedForRecord = false;
  readonly result: Promise<CachedToken>;

  constructor(urgency: Urgency, fly: (flight: Flight) => Promise<CachedToken>) {
    this.urgency = urgency;
    this.result = fly(this);
  }

  reading(mark: number): void {
    this.mark = mark;
  }

  recordAsked(): void {
    this.hasAskedForRecord = true;
  }
}

/** Times are of the monotonic clock. */
interface Remembered {
  readonly failure: Failure;
  readonly until: number;
  /** When the callers were told to come back. */
  readonly backAt: number;
}

/** What Google says about itself or the account: not worth asking again at once. */
const FROM_GOOGLE: readonly Reason[] = [
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_CLIENT_REJECTED',
  'USER_REAUTH_REQUIRED',
  'ADMIN_POLICY_ENFORCED',
  'SCOPE_NARROWING_FAILED',
];

export interface TokenFlightsDeps {
  readonly clock: Clock;
  readonly keyedHash: KeyedHash;
  readonly limits: ServiceLimits;
}

export interface TokenFlightsParts {
  readonly minter: TokenMinter;
  readonly cache: AccessTokenCache;
  readonly view: RevocationView;
  readonly handOut: HandOut;
  readonly googleGate: Pick<GoogleGate, 'isHeldBack'>;
  readonly turns: Pick<RefreshTurns, 'hurry'>;
}

/** One refresh per user, client and scope set at a time, on its own deadline, shared by all who need it. */
export class TokenFlights {
  readonly #deps: TokenFlightsDeps;
  readonly #parts: TokenFlightsParts;
  readonly #flights = new Map<string, Flight>();
  readonly #failures: LRUCache<string, Remembered>;
  /** When a refresh ahead may be tried again after one that failed, on the monotonic clock. */
  readonly #aheadFrom: LRUCache<string, number>;

  constructor(deps: TokenFlightsDeps, parts: TokenFlightsParts) {
    this.#deps = deps;
    this.#parts = parts;
    const max = Math.ceil(deps.limits.cachedTokens * FAILURES_PER_TOKEN);
    this.#failures = boundedMap(max);
    this.#aheadFrom = boundedMap(max);
  }

  /**
   * A token that was minted for this call or for one that came a little earlier. It must still pass
   * the check at hand-out.
   */
  async token(key: TokenKey, urgency: Urgency): Promise<CachedToken> {
    const flight = this.#joinOrStart(key, urgency);
    const cameEarly = !flight.hasAskedForRecord;
    try {
      return await flight.result;
    } catch (error) {
      // A negative answer from the record may be older than this call: one new look, shared.
      if (cameEarly || !isFailure(error, ...FROM_RECORD)) throw error;
      return await this.#joinOrStart(key, urgency).result;
    }
  }

  /** Refreshes in the background, unless that failed a moment ago: nobody waits for it. */
  refreshAhead(key: TokenKey, urgency: Urgency): void {
    const text = tokenKeyText(key);
    const { clock, limits } = this.#deps;
    if (this.#flights.has(text) || this.#recentFailure(text) !== undefined) return;
    if (clock.monotonic() < (this.#aheadFrom.get(text) ?? 0)) return;
    const errand = urgency === 'batch' ? 'batch' : 'refresh';
    if (this.#parts.googleGate.isHeldBack(key.oauthClient, errand)) return;
    this.#start(key, text, urgency).result.catch(() => {
      this.#aheadFrom.set(text, clock.monotonic() + limits.googleFailureMs);
    });
  }

  /** Refreshes under way. */
  get size(): number {
    return this.#flights.size;
  }

  #joinOrStart(key: TokenKey, urgency: Urgency): Flight {
    const text = tokenKeyText(key);
    const flight = this.#flights.get(text);
    if (flight !== undefined && !this.#outdated(flight, key.userId)) {
      if (urgency === 'call') this.#hurry(flight, key);
      return flight;
    }
    const failure = this.#recentFailure(text);
    if (failure !== undefined) throw failure;
    return this.#start(key, text, urgency);
  }

  #hurry(flight: Flight, key: TokenKey): void {
    if (flight.urgency === 'call') return;
    flight.urgency = 'call';
    this.#parts.turns.hurry(key);
  }

  /** A flight from before a revocation is not for callers who come after it. */
  #outdated(flight: Flight, userId: string): boolean {
    if (flight.mark === undefined) return false;
    return this.#parts.view.namedSince(this.#deps.keyedHash.of('user', userId), flight.mark);
  }

  #start(key: TokenKey, text: string, urgency: Urgency): Flight {
    const flight = new Flight(urgency, (started) => this.#fly(key, text, started));
    this.#flights.set(text, flight);
    const leave = () => {
      if (this.#flights.get(text) === flight) this.#flights.delete(text);
    };
    flight.result.then(leave, leave);
    return flight;
  }

  async #fly(key: TokenKey, text: string, flight: Flight): Promise<CachedToken> {
    try {
      return await this.#mintAndKeep(key, flight);
    } catch (error) {
      // That a batch got no turn is nothing to tell a call: its own may come at once.
      const isOfItsTurn = flight.urgency === 'batch' && !flight.hasAskedForRecord;
      if (!isOfItsTurn && isFailure(error, ...FROM_GOOGLE)) this.#remember(text, error);
      throw error;
    }
  }

  /** Only a token that may leave is kept. */
  async #mintAndKeep(key: TokenKey, flight: Flight): Promise<CachedToken> {
    const minted = await this.#parts.minter.mint(key, flight, flight.urgency);
    const verdict = await this.#parts.handOut.settle(minted, 'flight');
    if (verdict === 'named')
      throw new Failure('CONCURRENT_UPDATE', { detail: 'revoked meanwhile' });
    return this.#parts.cache.put(key, minted, flight.urgency);
  }

  #remember(text: string, failure: Failure): void {
    const now = this.#deps.clock.monotonic();
    const { googleFailureMs } = this.#deps.limits;
    const { reason, retryAfterMs = 0 } = failure;
    // Who was told when to come back is not sent away again then.
    const isTimed = reason === 'PROVIDER_RATE_LIMITED' && retryAfterMs < googleFailureMs;
    const until = now + (isTimed ? retryAfterMs : googleFailureMs);
    this.#failures.set(text, { failure, until, backAt: now + retryAfterMs });
  }

  #recentFailure(text: string): Failure | undefined {
    const remembered = this.#failures.get(text);
    if (remembered === undefined) return undefined;
    const now = this.#deps.clock.monotonic();
    const { until, backAt } = remembered;
    if (now >= until) {
      this.#failures.delete(text);
      return undefined;
    }
    const { reason, metadata, retryAfterMs } = remembered.failure;
    if (retryAfterMs === undefined) return remembered.failure;
    return new Failure(reason, { metadata, retryAfterMs: Math.max(until, backAt) - now });
  }
}
