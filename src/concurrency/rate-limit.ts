import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import { boundedMap } from './bounded-map.ts';

/** Keys that are remembered by default; of those asked for longest ago nothing is known any more. */
const REMEMBERED = 10_000;
/** What adding up fractions of milliseconds may be off by. */
const ROUNDING_MS = 0.001;

/** `most` at once; then one more each `inMs / most`. */
export interface Rate {
  readonly most: number;
  readonly inMs: number;
}

/** Counts what each key uses of its rate, by one instant for each: the generic cell rate algorithm. */
export class RateLimit {
  readonly #clock: Clock;
  /** When all that was used is free again, on the monotonic clock. */
  readonly #used: ReturnType<typeof boundedMap<{ until: number }>>;

  /** @param remembered keys at a time */
  constructor(clock: Clock, remembered = REMEMBERED) {
    this.#clock = clock;
    this.#used = boundedMap<{ until: number }>(remembered);
  }

  /** @throws Failure CALLER_RATE_LIMITED with the time until the next would pass; it counts nothing */
  take(key: string, rate: Rate): void {
    const retryAfterMs = this.waitFor(key, rate);
    if (retryAfterMs > 0) throw new Failure('CALLER_RATE_LIMITED', { retryAfterMs });
  }

  /** @returns 0 where it passes; else the time until the next would, milliseconds, and it counts nothing */
  waitFor(key: string, { most, inMs }: Rate): number {
    const now = this.#clock.monotonic();
    const used = this.#used.get(key);
    const until = Math.max(used?.until ?? now, now) + inMs / most;
    const waitMs = until - inMs - now;
    if (waitMs > ROUNDING_MS) return waitMs;
    if (used === undefined) this.#used.set(key, { until });
    else used.until = until;
    return 0;
  }

  /** Counts `more`, also beyond the rate: what comes next waits for them. */
  owe(key: string, { most, inMs }: Rate, more: number): void {
    const used = this.#used.get(key);
    const until = Math.max(used?.until ?? 0, this.#clock.monotonic()) + (more * inMs) / most;
    this.#used.set(key, { until });
  }
}
