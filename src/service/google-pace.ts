import { backoffMs } from '../concurrency/backoff.ts';
import { RateMeter } from '../concurrency/rate-meter.ts';
import type { Clock } from '../domain/clock.ts';
import type { NoAnswer, TokenOutcome } from '../domain/oauth-provider.ts';
import type { Random } from '../domain/random.ts';
import type { Urgency } from './urgency.ts';

/** After a pause requests begin anew with so many in a second. */
const FIRST_PER_SECOND = 4;
/** Of what Google took when it throttled, so much is reached fast; the rest carefully. */
const KNOWN_SHARE = 0.7;
/** Growth for each answer: below what is known to go well it doubles in a second, above in fourteen. */
const FAST_GROWTH = 1;
const CAREFUL_GROWTH = 0.05;
/** Nothing is held back any more at so many times what is known, or at so many in a second. */
const FREE_AT = { times: 4, perSecond: 1_000 };
const FORGOTTEN_MS = 600_000;
/** The pause after a refusal that names none, doubled with each that follows in a row. */
const OWN_PAUSE = { firstMs: 2_000, mostMs: 30_000 };
/** Replicas that were told the same do not come back in the same instant. */
const PAUSE_JITTER = 0.1;
/** Callers are told to come back one after the other, at most so long after the pause. */
const LONGEST_SPREAD_MS = 30_000;
const SHORTEST_RETRY_MS = 1_000;

export interface GooglePaceDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * How fast Google may be asked in the name of one OAuth client: freely, until Google says that it is
 * too fast. Then not at all for as long as it says, and after that at a rate that begins small and
 * grows with every answer.
 */
export class GooglePace {
  readonly #deps: GooglePaceDeps;
  readonly #answers: RateMeter;
  /** What goes through when nothing is held back, as far as nothing better is known. */
  readonly #usualPerSecond: number;
  #perSecond = Number.POSITIVE_INFINITY;
  #known = Number.POSITIVE_INFINITY;
  #nextAt = 0;
  #pausedUntil = 0;
  #cause: NoAnswer['cause'] = 'rate_limited';
  #throttledAt = Number.NEGATIVE_INFINITY;
  /** Refusals in a row, without an answer in between. */
  #inVain = 0;
  /** When the last one of those comes back that were told to. */
  readonly #lastBackAt: Record<Urgency, number> = { call: 0, batch: 0 };

  constructor(usualPerSecond: number, deps: GooglePaceDeps) {
    this.#deps = deps;
    this.#usualPerSecond = usualPerSecond;
    this.#answers = new RateMeter(deps.clock);
  }

  /** Why requests are held back; undefined while they are not. */
  get heldBackFor(): NoAnswer['cause'] | undefined {
    this.#forget();
    return this.#perSecond === Number.POSITIVE_INFINITY ? undefined : this.#cause;
  }

  /** Whether there ever was one: what is left of it may be nothing. */
  get hasPaused(): boolean {
    return this.#pausedUntil > 0;
  }

  /** What is left of the pause, milliseconds. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntil - this.#now);
  }

  /** Milliseconds until the next request may go; 0: it may go now. */
  get waitMs(): number {
    this.#forget();
    return Math.max(0, this.#nextAt - this.#now);
  }

  /** Requests that go within `ms`, as far as one can know. */
  within(ms: number): number {
    return Math.max(0, ms - this.pauseMs) * (this.#perSecond / 1_000);
  }

  /** One goes now. */
  went(): void {
    this.#nextAt = Math.max(this.#now, this.#nextAt) + 1_000 / this.#perSecond;
  }

  /**
   * Learns from what became of a request.
   * @param sentAt on the monotonic clock
   * @returns whether a pause began with it
   */
  answered(outcome: TokenOutcome, sentAt: number): boolean {
    if (outcome.kind !== 'no_answer') {
      this.#took(sentAt);
      return false;
    }
    if (outcome.cause === 'unavailable' && outcome.retryAfterMs === undefined) return false;
    return this.#throttled(outcome, sentAt);
  }

  /**
   * When one who is refused now should come back: each a little later than the one before, and
   * batches behind all calls.
   */
  backInMs(urgency: Urgency = 'call'): number {
    const now = this.#now;
    const perSecond = this.#expectedPerSecond;
    const soonest = Math.max(now + SHORTEST_RETRY_MS, this.#nextAt);
    const first = urgency === 'call' ? soonest : Math.max(soonest, this.#lastBackAt.call);
    const last = first + LONGEST_SPREAD_MS;
    const place = Math.max(this.#lastBackAt[urgency], first) + 1_000 / perSecond;
    this.#lastBackAt[urgency] = Math.min(place, last);
    if (place <= last) return place - now;
    return first + LONGEST_SPREAD_MS * this.#deps.random.unit() - now;
  }

  /** As fast as it went before a pause, or goes now: who is refused finds all places taken. */
  get #expectedPerSecond(): number {
    const seen = this.#answers.perSecond;
    if (this.#known !== Number.POSITIVE_INFINITY) return Math.max(seen, this.#known);
    return seen > 0 ? seen : this.#usualPerSecond;
  }

  #took(sentAt: number): void {
    this.#answers.count();
    if (sentAt < this.#throttledAt) return;
    this.#inVain = 0;
    const growth = this.#perSecond < this.#known ? FAST_GROWTH : CAREFUL_GROWTH;
    this.#perSecond += growth;
    const enough = Math.min(this.#known * FREE_AT.times, FREE_AT.perSecond);
    if (this.#perSecond > enough) this.#free();
  }

  #throttled({ cause, retryAfterMs }: NoAnswer, sentAt: number): boolean {
    const { random } = this.#deps;
    // What was under way when the pause began says nothing new.
    if (sentAt < this.#throttledAt) return false;
    this.#inVain += 1;
    // One that names no time may be about this one user; the second in a row is not.
    if (retryAfterMs === undefined && this.#inVain === 1) return false;
    const own = this.#inVain > 1 ? backoffMs(this.#inVain - 1, OWN_PAUSE, random) : 0;
    const asked = (retryAfterMs ?? 0) * (1 + PAUSE_JITTER * random.unit());
    const taken = Math.min(this.#answers.perSecond, this.#perSecond);
    if (taken > 0) {
      const before = this.#known === Number.POSITIVE_INFINITY ? 0 : this.#known;
      // A process that stood still for a moment has seen too little: at most half is unlearned at once.
      this.#known = Math.max(FIRST_PER_SECOND, KNOWN_SHARE * taken, before / 2);
    }
    this.#perSecond = FIRST_PER_SECOND;
    this.#cause = cause;
    this.#throttledAt = this.#now;
    this.#pausedUntil = this.#now + Math.max(asked, own);
    this.#nextAt = this.#pausedUntil;
    return true;
  }

  /** What Google said so long ago says nothing any more. */
  #forget(): void {
    if (this.#now - this.#pausedUntil > FORGOTTEN_MS) this.#free();
  }

  #free(): void {
    this.#perSecond = Number.POSITIVE_INFINITY;
    this.#known = Number.POSITIVE_INFINITY;
    this.#nextAt = 0;
  }

  get #now(): number {
    return this.#deps.clock.monotonic();
  }
}
