import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import { boundedMap } from './bounded-map.ts';

const PER_WINDOW = 5;
const WINDOW_MS = 60_000;
const REMEMBERED = 10_000;

/** How often one caller may have the token of one user replaced because Google answered 401 to it. */
export class RejectedTokenLimit {
  readonly #clock: Clock;
  readonly #windows = boundedMap<{ readonly since: number; used: number }>(REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws Failure CALLER_RATE_LIMITED with the time to wait */
  take(callerId: string, userId: string): void {
    const key = `${callerId}\n${userId}`;
    const now = this.#clock.monotonic();
    const window = this.#windows.get(key);
    if (window === undefined || now - window.since >= WINDOW_MS) {
      this.#windows.set(key, { since: now, used: 1 });
      return;
    }
    if (window.used >= PER_WINDOW) {
      throw new Failure('CALLER_RATE_LIMITED', { retryAfterMs: window.since + WINDOW_MS - now });
    }
    window.used += 1;
  }
}
