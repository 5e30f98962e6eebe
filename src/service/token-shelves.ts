import type { LRUCache } from 'lru-cache';
import { boundedMap } from '../concurrency/bounded-map.ts';
import type { Urgency } from './urgency.ts';

/** What was used so lately gives no place to what a batch has got. */
const IN_USE_MS = 3_600_000;

export interface Shelved {
  /** When it was put here or a call last used it, on the monotonic clock. */
  usedAt: number;
}

/**
 * A bounded map on two shelves: what calls of their own have used, and what only batches have, so that
 * a batch over all users takes no place from those who are called for. When it is full, first goes what
 * no call has used for an hour, then what batches have got, and last, for a call alone, what calls have
 * used: of these, the least recently used, and of the batches' those that were got first.
 */
export class TokenShelves<Token extends Shelved> {
  readonly #most: number;
  readonly #called: LRUCache<string, Token>;
  readonly #batched: LRUCache<string, Token>;

  /** @param dropped told of each that is no longer here */
  constructor(most: number, dropped: (token: Token, text: string) => void) {
    this.#most = most;
    this.#called = boundedMap(most, dropped);
    this.#batched = boundedMap(most, dropped);
  }

  /** For a call. */
  called(text: string, now: number): Token | undefined {
    const token = this.#called.get(text);
    if (token !== undefined) token.usedAt = now;
    return token;
  }

  /** Takes it off the batches' shelf: it belongs on the other one now. */
  takeBatched(text: string): Token | undefined {
    const token = this.#batched.peek(text);
    if (token !== undefined) this.#batched.delete(text);
    return token;
  }

  /** Its use does not count: so for a batch, whose tokens are got anew as long as they are used. */
  peek(text: string): Token | undefined {
    return this.#called.peek(text) ?? this.#batched.peek(text);
  }

  /** @returns whether there was a place */
  put(text: string, token: Token, urgency: Urgency): boolean {
    const now = token.usedAt;
    const known = this.#called.peek(text);
    const isCalled = known !== undefined && now - known.usedAt < IN_USE_MS;
    this.delete(text);
    if (this.size >= this.#most && !this.#makeRoom(now, urgency)) return false;
    if (urgency === 'batch' && isCalled) token.usedAt = known.usedAt;
    const shelf = urgency === 'call' || isCalled ? this.#called : this.#batched;
    shelf.set(text, token);
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
    const isIdle = oldest !== undefined && now - oldest.usedAt >= IN_USE_MS;
    if (!isIdle && this.#batched.pop() !== undefined) return true;
    return (isIdle || urgency === 'call') && this.#called.pop() !== undefined;
  }
}
