import { TOKEN_ERRORS } from './google-errors.ts';
import { errorReply, type Reply } from './http.ts';

/** How often Google lets its token endpoint be asked. */
export interface RateLimit {
  readonly perSecond: number;
  /** Requests that may come at once after a quiet time. Default: those of one second. */
  readonly burst?: number;
  /** What refused requests are told. Default 1. */
  readonly retryAfterSeconds?: number;
}

/** The rate limit of a Cloud project, as a token bucket; without one set, everything passes. */
export class Throttle {
  readonly #now: () => number;
  #limit: RateLimit | undefined;
  #tokens = 0;
  #filledAt = 0;

  /** @param now milliseconds that never go back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins with a full bucket. */
  set(limit: RateLimit | undefined): void {
    this.#limit = limit;
    this.#tokens = burstOf(limit);
    this.#filledAt = this.#now();
  }

  /** Takes a token out of the bucket. @returns the answer for a request that comes too soon */
  refusal(): Reply | undefined {
    if (this.#limit === undefined) return undefined;
    this.#fill(this.#limit);
    if (this.#tokens < 1) return tooMany(this.#limit);
    this.#tokens -= 1;
    return undefined;
  }

  #fill(limit: RateLimit): void {
    const now = this.#now();
    const gained = ((now - this.#filledAt) / 1_000) * limit.perSecond;
    this.#tokens = Math.min(burstOf(limit), this.#tokens + gained);
    this.#filledAt = now;
  }
}

function burstOf(limit: RateLimit | undefined): number {
  return limit?.burst ?? limit?.perSecond ?? 0;
}

function tooMany({ retryAfterSeconds = 1 }: RateLimit): Reply {
  const reply = errorReply(TOKEN_ERRORS.rateLimitExceeded);
  return { ...reply, headers: { ...reply.headers, 'retry-after': `${retryAfterSeconds}` } };
}
