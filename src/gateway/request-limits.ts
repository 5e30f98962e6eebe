import { RateLimit } from '../concurrency/rate-limit.ts';
import type { Clock } from '../domain/clock.ts';
import type { Metrics } from '../domain/metrics.ts';
import { Refusal } from './refusal.ts';

/** Addresses, and sessions, that are remembered at a time: some 20 MB each. */
const REMEMBERED = 100_000;

/** How often an address and a session may post codes; all of a minute may come at once. */
export class RequestLimits {
  readonly #limits;
  readonly #metrics: Metrics;

  constructor({ clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics }) {
    this.#limits = {
      address: new RateLimit(clock, REMEMBERED),
      session: new RateLimit(clock, REMEMBERED),
    };
    this.#metrics = metrics;
  }

  /**
   * @param perMinute 0: no limit
   * @throws Refusal TOO_MANY_REQUESTS with the time until the next would pass; it counts nothing
   */
  take(limit: 'address' | 'session', key: string, perMinute: number): void {
    if (perMinute === 0) return;
    const retryAfterMs = this.#limits[limit].waitFor(key, { most: perMinute, inMs: 60_000 });
    if (retryAfterMs === 0) return;
    this.#metrics.count('tokenvault_gateway_rate_limited_total', { limit });
    throw new Refusal('TOO_MANY_REQUESTS', { cause: limit, retryAfterMs });
  }
}
