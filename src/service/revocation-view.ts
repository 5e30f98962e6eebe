import { type Clock, type Instant, instantOf } from '../domain/clock.ts';
import { MAX_LOG_KEYS, type RevocationLogRecord } from '../domain/revocation-store.ts';

/** A reading of the log that is known to come from the active node, and when that read began. */
export interface LogReading {
  readonly log: RevocationLogRecord;
  readonly began: Instant;
}

/** Namings that are remembered one by one; older ones count as naming everybody. */
const REMEMBERED_NAMINGS = 4_096;

/**
 * What this replica knows of the revocation log. Whoever works for a user takes a `mark` before it
 * reads the user's record, and asks before it hands out whether the log has named the user since.
 */
export class RevocationView {
  readonly #clock: Clock;
  #reading: LogReading | undefined;
  #turn = 0;
  #everybodyNamedAt = 0;
  readonly #namedAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since the read behind this view began, by whichever clock says more. */
  ageMs(now = instantOf(this.#clock)): number {
    if (this.#reading === undefined) return Number.POSITIVE_INFINITY;
    const { monotonic, wall } = this.#reading.began;
    return Math.max(now.monotonic - monotonic, now.wall - wall);
  }

  /** Position of the log as far as this view goes. */
  get position(): number {
    return this.#reading?.log.count ?? 0;
  }

  /** The present moment, to ask `namedSince` about later. */
  mark(): number {
    return this.#turn;
  }

  /** Whether the log named the user after `mark`; true also where that is no longer known. */
  namedSince(userKey: string, mark: number): boolean {
    return mark < this.#everybodyNamedAt || (this.#namedAt.get(userKey) ?? 0) > mark;
  }

  /** Takes a newer reading over. */
  advance(reading: LogReading): void {
    const added = reading.log.count - this.position;
    const first = this.#reading === undefined;
    this.#reading = reading;
    if (added === 0 && !first) return;
    this.#turn += 1;
    if (first || added < 0 || added > Math.min(MAX_LOG_KEYS, reading.log.keys.length)) {
      this.#nameEverybody();
    } else {
      for (const key of reading.log.keys.slice(-added)) this.#name(key);
    }
  }

  #nameEverybody(): void {
    this.#everybodyNamedAt = this.#turn;
    this.#namedAt.clear();
  }

  #name(userKey: string): void {
    this.#namedAt.delete(userKey);
    this.#namedAt.set(userKey, this.#turn);
    if (this.#namedAt.size <= REMEMBERED_NAMINGS) return;
    for (const [oldest, turn] of this.#namedAt) {
      this.#namedAt.delete(oldest);
      this.#everybodyNamedAt = turn;
      return;
    }
  }
}
