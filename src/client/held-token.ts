import type { Instant } from '../domain/clock.ts';
import type { AccessToken } from './access-token.ts';
import { DEFAULT_MIN_TTL_MS, LONGEST_MIN_TTL_MS } from './min-ttl.ts';

/** A token that was short when it came is the best there is for so long, as TokenVault sees it too. */
const NO_SECOND_ASK_MS = 60_000;
/** Before its end a token is no longer used: it has to reach Google, and clocks differ. */
const MARGIN_MS = 10_000;
/** The same of a token that lives for seconds alone, as a part of its life. */
const MARGIN_SHARE = 0.1;
/** After this part of its life a token is replaced by one that lives longer. */
const RENEW_SHARE = 0.75;
const SHORTEST_WAIT_MS = 1_000;
/** However often TokenVault could not answer, it is asked after this, and up to half of it more. */
const LONGEST_REST_MS = 60_000;

/**
 * What a call may do with a held token: take it; take it only while TokenVault cannot be asked; or
 * not any more.
 */
export type Fitness = 'good' | 'makeshift' | 'over';

/** How long a token is used before TokenVault is asked about it again. */
export interface Pace {
  readonly recheckMs: number;
  /** Around 1, so that the tokens of many processes do not fall due together. */
  readonly jitter: number;
}

/** A token in the memory of this process. All times without a name are monotonic. */
export class HeldToken {
  readonly token: AccessToken;
  /** Handed out as it is, so that a use makes nothing new. */
  readonly answer: Promise<AccessToken>;
  readonly #wallEnd: number;
  readonly #askedAt: number;
  /** Its life when it came. */
  readonly #lifeMs: number;
  readonly #renewAt: number;
  #askAgainAt: number;
  #overdueAt: number;
  /** How often in a row TokenVault could not answer. */
  #failures = 0;
  /** Whether Google refused it: nobody takes it, unless TokenVault makes no other for now. */
  isRefused = false;
  /** Whether it is being renewed in the background: no use begins another renewal then. */
  isRenewing = false;

  /** @param asked when TokenVault was asked for it */
  constructor(token: AccessToken, asked: Instant, pace: Pace) {
    this.token = token;
    this.answer = Promise.resolve(token);
    this.#wallEnd = token.expireTime.getTime();
    this.#askedAt = asked.monotonic;
    this.#lifeMs = this.#wallEnd - asked.wall;
    this.#renewAt = asked.monotonic + this.#lifeMs * RENEW_SHARE * pace.jitter;
    this.#askAgainAt = this.#nextAsk(asked, pace);
    this.#overdueAt = this.#askAgainAt + patienceMs(pace);
  }

  /** @param minTtlMs as the caller said it, if so: then nothing shorter will do */
  fitness(minTtlMs: number | undefined, now: Instant): Fitness {
    const remainingMs = this.remainingMs(now);
    if (remainingMs <= Math.min(MARGIN_MS, this.#lifeMs * MARGIN_SHARE)) return 'over';
    const wantedMs = minTtlMs ?? DEFAULT_MIN_TTL_MS;
    if (remainingMs >= wantedMs) return 'good';
    const isBest = this.#lifeMs < wantedMs && now.monotonic - this.#askedAt < NO_SECOND_ASK_MS;
    if (isBest) return 'good';
    return minTtlMs === undefined ? 'makeshift' : 'over';
  }

  /** Whether TokenVault should be asked about it again. */
  isDue(now: Instant): boolean {
    return !this.isRenewing && now.monotonic >= this.#askAgainAt;
  }

  /** Whether so much time has passed since then that the answer is worth a wait: it may be no more. */
  isOverdue(now: Instant): boolean {
    return now.monotonic >= this.#overdueAt;
  }

  /** What to ask for then: towards its end, one that lives longer than this. */
  renewalTtlMs(now: Instant): number {
    if (now.monotonic < this.#renewAt) return DEFAULT_MIN_TTL_MS;
    const longerMs = Math.ceil(this.remainingMs(now)) + 1;
    return Math.min(Math.max(longerMs, DEFAULT_MIN_TTL_MS), LONGEST_MIN_TTL_MS);
  }

  /** TokenVault gave this very token again, or one that ends earlier. */
  confirm(asked: Instant, pace: Pace): void {
    this.#failures = 0;
    this.isRefused = false;
    this.#askAgainAt = this.#nextAsk(asked, pace);
    this.#overdueAt = this.#askAgainAt + patienceMs(pace);
  }

  /**
   * TokenVault could not answer: it is left alone for `ms`, twice as long each further time, and up to
   * half of that more, so that the tokens of a process do not come back together.
   * @param unit 0 to 1, random
   */
  rest(now: Instant, ms: number, unit: number): void {
    const longerMs = Math.min(ms * 2 ** this.#failures, Math.max(ms, LONGEST_REST_MS));
    this.#failures += 1;
    const patience = this.#overdueAt - this.#askAgainAt;
    this.#askAgainAt = now.monotonic + longerMs * (1 + unit / 2);
    this.#overdueAt = this.#askAgainAt + patience;
  }

  /** Whether TokenVault could not answer when it was asked last: nobody waits for it then. */
  get isOrphaned(): boolean {
    return this.#failures > 0;
  }

  #nextAsk(asked: Instant, { recheckMs, jitter }: Pace): number {
    const toRenewal = this.#renewAt - asked.monotonic;
    // Past it where TokenVault has no longer one yet.
    const ahead = toRenewal > 0 ? toRenewal : this.remainingMs(asked) * RENEW_SHARE;
    return asked.monotonic + Math.max(Math.min(ahead, recheckMs * jitter), SHORTEST_WAIT_MS);
  }

  /** By whichever clock says less: one may jump, the other stands while the machine sleeps. */
  remainingMs(now: Instant): number {
    const byMonotonic = this.#lifeMs - (now.monotonic - this.#askedAt);
    return Math.min(byMonotonic, this.#wallEnd - now.wall);
  }
}

function patienceMs({ recheckMs }: Pace): number {
  return Math.max(recheckMs, SHORTEST_WAIT_MS);
}
