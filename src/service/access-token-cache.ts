import { type Clock, type Instant, instantOf } from '../domain/clock.ts';
import type { Random } from '../domain/random.ts';
import type { Secret } from '../domain/secret.ts';
import type { ServiceLimits } from './limits.ts';
import { TokenShelves, type Use } from './token-shelves.ts';
import type { IssuedToken } from './token-vault.ts';
import type { Urgency } from './urgency.ts';

/** Whose token, for which OAuth client, with exactly which canonical scopes. */
export interface TokenKey {
  readonly userId: string;
  readonly oauthClient: string;
  readonly scopes: readonly string[];
}

/** Distinct keys give distinct texts: no part may hold a line break. */
export function tokenKeyText(key: TokenKey): string {
  return `${key.userId}\n${key.oauthClient}\n${key.scopes.join(' ')}`;
}

/** A token as Google gave it, and the view's mark from before the user's record was read. */
export interface MintedToken {
  readonly accessToken: Secret;
  readonly lifeMs: number;
  /** When Google gave it: `lifeMs` counts from here, by both clocks, for the machine may sleep. */
  readonly answeredAt: Instant;
  readonly userKey: string;
  readonly mark: number;
  /** The user's, as far as there is one: not every caller may have every domain's tokens. */
  readonly hostedDomain: string | undefined;
  /** Of the user's record that it comes from. */
  readonly generation: number;
}

/** The very object that callers are answered with, so that a transport may keep its encoded form. */
export interface CachedToken extends Omit<MintedToken, 'answeredAt'>, IssuedToken {
  readonly key: TokenKey;
  /** On the monotonic clock. */
  readonly answeredAt: number;
  readonly refreshAheadAt: number;
}

/** A wish for a longer life never causes a second mint within this time. */
const NO_SECOND_MINT_MS = 60_000;

/** Whether a token with so much life left is for somebody who wants `minTtlMs`. */
export function livesLongEnough(
  { lifeMs }: Pick<CachedToken, 'lifeMs'>,
  remainingMs: number,
  minTtlMs: number,
): boolean {
  if (remainingMs <= 0) return false;
  return remainingMs >= minTtlMs || lifeMs - remainingMs < NO_SECOND_MINT_MS;
}

type CacheLimits = Pick<ServiceLimits, 'cachedTokens' | 'freshShare'>;

/** Access tokens in memory: bounded, each used at most until it expires. */
export class AccessTokenCache {
  readonly #freshShare: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tokens: TokenShelves<CachedToken>;
  /** Lists, because most users have one token, and a Set takes 200 bytes. */
  readonly #textsOfUser = new Map<string, readonly string[]>();

  constructor(limits: CacheLimits, clock: Clock, random: Random) {
    this.#freshShare = limits.freshShare;
    this.#clock = clock;
    this.#random = random;
    this.#tokens = new TokenShelves(limits.cachedTokens, (token, text) =>
      this.#forget(token.key.userId, text),
    );
  }

  /** The token of this key; its life may be over. */
  get(text: string, urgency: Urgency, now: Instant): CachedToken | undefined {
    if (urgency === 'batch') return this.#tokens.peek(text);
    return this.#tokens.called(text, now.monotonic) ?? this.#takeOver(text, now);
  }

  /** Life left, by whichever clock says less. */
  remainingMs(token: CachedToken, now = instantOf(this.#clock)): number {
    const byMonotonic = token.answeredAt + token.lifeMs - now.monotonic;
    return Math.min(byMonotonic, token.expireTime - now.wall);
  }

  /** Whether it has had the part of its life in which it counts as fresh. */
  wantsRefresh(token: CachedToken, now: Instant): boolean {
    return now.monotonic >= token.refreshAheadAt;
  }

  /** What a batch has got may find no place, and is good all the same. */
  put(key: TokenKey, minted: MintedToken, urgency: Urgency): CachedToken {
    const text = tokenKeyText(key);
    const { lifeMs } = minted;
    const { monotonic: answeredAt, wall } = minted.answeredAt;
    const freshMs = lifeMs * this.#freshShare * (0.9 + 0.2 * this.#random.unit());
    const token = {
      ...minted,
      answeredAt,
      key,
      scopes: key.scopes,
      expireTime: wall + lifeMs,
      refreshAheadAt: answeredAt + freshMs,
    };
    this.#keep(text, token, { urgency, now: answeredAt });
    return token;
  }

  /** Drops this very token; one that took its place stays. */
  drop(token: CachedToken): void {
    const text = tokenKeyText(token.key);
    if (this.#tokens.peek(text) === token) this.#tokens.delete(text);
  }

  /** Drops the user's tokens, those of one OAuth client where one is named. */
  dropUser(userId: string, oauthClient?: string): void {
    for (const text of this.#textsOfUser.get(userId) ?? []) {
      const token = this.#tokens.peek(text);
      if (oauthClient === undefined || token?.key.oauthClient === oauthClient) {
        this.#tokens.delete(text);
      }
    }
  }

  get size(): number {
    return this.#tokens.size;
  }

  /** A token that only batches have used, and now a call does. */
  #takeOver(text: string, now: Instant): CachedToken | undefined {
    const token = this.#tokens.takeBatched(text);
    if (token === undefined) return undefined;
    this.#keep(text, token, { urgency: 'call', now: now.monotonic });
    return token;
  }

  #keep(text: string, token: CachedToken, use: Use): void {
    if (!this.#tokens.put(text, token, use)) return;
    const { userId } = token.key;
    const others = this.#textsOfUser.get(userId) ?? [];
    // Spread syntax would leave room for sixteen more.
    this.#textsOfUser.set(userId, others.concat(text));
  }

  #forget(userId: string, text: string): void {
    const others = this.#textsOfUser.get(userId)?.filter((other) => other !== text) ?? [];
    if (others.length === 0) this.#textsOfUser.delete(userId);
    else this.#textsOfUser.set(userId, others);
  }
}
