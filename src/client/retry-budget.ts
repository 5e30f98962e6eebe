import type { Clock } from '../domain/clock.ts';

/** Repeats that are allowed at once, and that quiet times earn again. */
const MOST = 10;
/** What each call earns: in the long run so large a part of the calls is repeated at most. */
const EARNED = 0.2;
/** Earns one by itself: calls that are rare are repeated, too. */
const EARNED_EACH_MS = 10_000;

/**
 * Bounds the repeats of all calls of one connection together. Where every call fails, a fleet that
 * repeats each of them several times would keep the service down.
 */
export class RetryBudget {
  readonly #clock: Clock;
  #left = MOST;
  #earnedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#earnedAt = clock.monotonic();
  }

  /** For each call that is asked for. */
  earn(): void {
    this.#add(EARNED);
  }

  /** Whether one more repeat is allowed, which then counts. */
  spend(): boolean {
    this.#add(0);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  #add(earned: number): void {
    const now = this.#clock.monotonic();
    this.#left = Math.min(MOST, this.#left + earned + (now - this.#earnedAt) / EARNED_EACH_MS);
    this.#earnedAt = now;
  }
}
