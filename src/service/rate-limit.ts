import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import { boundedMap } from './bounded-map.ts';

/** Keys that are remembered; of those asked for longest ago nothing is known any more. */
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
  readonly #used = boundedMap<{ until: number }>(REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws Failure CALLER_RATE_LIMITED with the time until the next would pass; it counts nothing */
  take(key: string, { most, inMs }: Rate): void {
    const now = this.#clock.monotonic();
    const used = this.#used.get(key);
    const until = Math.max(used?.until ?? now, now) + inMs / most;
    const retryAfterMs = until - inMs - now;
    if (retryAfterMs > ROUNDING_MS) throw new Failure('CALLER_RATE_LIMITED', { retryAfterMs });
    if (used === undefined) this.#used.set(key, { until });
    else used.until = until;
  }
}
