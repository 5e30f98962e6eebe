import { type Rate, RateLimit } from '../concurrency/rate-limit.ts';
import type { Clock } from '../domain/clock.ts';

/** How often a minute one caller may do one thing for one user; all of a minute may come at once. */
export class UserRate {
  readonly #limit: RateLimit;
  readonly #rate: Rate;

  constructor(clock: Clock, perMinute: number) {
    this.#limit = new RateLimit(clock);
    this.#rate = { most: perMinute, inMs: 60_000 };
  }

  /** @throws Failure CALLER_RATE_LIMITED with the time to wait */
  take(callerId: string, userId: string): void {
    this.#limit.take(`${callerId}\n${userId}`, this.#rate);
  }
}
