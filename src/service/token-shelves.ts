import type { LRUCache } from 'lru-cache';
import { boundedMap } from '../concurrency/bounded-map.ts';
import type { Urgency } from './urgency.ts';

/** What was used so lately gives no place to what a batch has got. */
const IN_USE_MS = 3_600_000;

/** A token's place, which a batch's refresh leaves where it is in the order of use. */
interface Place<Token> {
  token: Token;
  /** When it was taken or a call last used it, on the monotonic clock. */
  usedAt: number;
}

/** Who puts a token here, and when, on the monotonic clock. */
export interface Use {
  readonly urgency: Urgency;
  readonly now: number;
}

/**
 * A bounded map on two shelves: what calls of their own have used, and what only batches have, so that
 * a batch over all users takes no place from those who are called for. When it is full, first goes what
 * no call has used for an hour, then what batches have got, and last, for a call alone, what calls have
 * used: of these, the least recently used, and of the batches' those that were got first.
 */
export class TokenShelves<Token extends object> {
  readonly #most: number;
  readonly #dropped: (token: Token, text: string) => void;
  readonly #called: LRUCache<string, Place<Token>>;
  readonly #batched: LRUCache<string, Token>;

  /** @param dropped told of each that is no longer here */
  constructor(most: number, dropped: (token: Token, text: string) => void) {
    this.#most = most;
    this.#dropped = dropped;
    this.#called = boundedMap(most, ({ token }, text) => dropped(token, text));
    this.#batched = boundedMap(most, dropped);
  }

  /** For a call. */
  called(text: string, now: number): Token | undefined {
    const place = this.#called.get(text);
    if (place === undefined) return undefined;
    place.usedAt = now;
    return place.token;
  }

  /** Takes it off the batches' shelf: it belongs on the other one now. */
  takeBatched(text: string): Token | undefined {
    const token = this.#batched.peek(text);
    if (token !== undefined) this.#batched.delete(text);
    return token;
  }

  /** Its use does not count: so for a batch, whose tokens are got anew as long as they are used. */
  peek(text: string): Token | undefined {
    return this.#called.peek(text)?.token ?? this.#batched.peek(text);
  }

  /** @returns whether there was a place */
  put(text: string, token: Token, { urgency, now }: Use): boolean {
    const place = this.#called.peek(text);
    if (urgency === 'batch' && place !== undefined && !isIdle(place, now)) {
      this.#dropped(place.token, text);
      place.token = token;
      return true;
    }
    this.delete(text);
    if (this.size >= this.#most && !this.#makeRoom(now, urgency)) return false;
    if (urgency === 'call') this.#called.set(text, { token, usedAt: now });
    else this.#batched.set(text, token);
    return true;
  }

  delete(text: string): void {
    this.#called.delete(text);
    this.#batched.delete(text);
  }

  get size(): number {
    return this.#called.size + this.#batched.size;
  }

  #makeRoom(now: number, urgency: Urgency): boolean {
    const { value: oldest } = this.#called.rvalues().next();
    const hasIdle = oldest !== undefined && isIdle(oldest, now);
    if (!hasIdle && this.#batched.pop() !== undefined) return true;
    return (hasIdle || urgency === 'call') && this.#called.pop() !== undefined;
  }
}

function isIdle({ usedAt }: Pick<Place<object>, 'usedAt'>, now: number): boolean {
  return now - usedAt >= IN_USE_MS;
}
