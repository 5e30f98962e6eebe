import type { Clock } from '../domain/clock.ts';

/** Between two fetches, while the keys at hand are usable. */
const REFETCH_GAP_MS = 30_000;
/** Fetched in the background so long before they are fresh no more: who asks often never waits. */
const AHEAD_MS = 30_000;
/** Also where the publisher says less; otherwise each fetch would be waited for. */
const LEAST_FRESH_MS = AHEAD_MS + REFETCH_GAP_MS;
/** After a fetch that failed, the keys at hand are used for as long without waiting for another. */
const FAILED_LATELY_MS = 60_000;
/** The same while there are none: somebody waits for them. */
const COLD_GAP_MS = 1_000;

/** What a fetch brought. */
export interface Published<Key> {
  /** By key id. */
  readonly keys: ReadonlyMap<string, Key>;
  /** From the beginning of this fetch on; later they are used where newer ones cannot be had. */
  readonly freshForMs: number;
}

export interface PublishedKeysOptions<Key> {
  /** Gives undefined where it brought no keys. */
  readonly fetch: () => Promise<Published<Key> | undefined>;
  /** After this time without a successful fetch the keys are no longer used. */
  readonly maxAgeMs: number;
}

/**
 * Signing keys that somebody else publishes, kept over outages. However many ask, for whatever keys,
 * one fetch runs at a time, and one is made in 30 seconds. A key that is withdrawn counts no longer
 * than the keys are fresh, however seldom somebody asks, unless newer ones cannot be had.
 */
export class PublishedKeys<Key> {
  readonly #options: PublishedKeysOptions<Key>;
  readonly #clock: Clock;
  #keys: ReadonlyMap<string, Key> = new Map();
  /** Monotonic times. */
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #freshUntil = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(options: PublishedKeysOptions<Key>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Whether there are keys that may be used now. */
  get usable(): boolean {
    return this.#now() - this.#fetchedAt < this.#options.maxAgeMs;
  }

  /** Whether there are usable keys. Waits for a fetch only where there are none, or none that are fresh. */
  async ready(): Promise<boolean> {
    if (this.#maySay) this.#refreshAhead();
    else await this.#refetch(this.usable ? REFETCH_GAP_MS : COLD_GAP_MS);
    return this.usable;
  }

  /** Whether the key of this id may be used now, without a fetch first. Waits for nothing. */
  holds(keyId: string): boolean {
    if (!this.#maySay) return false;
    this.#refreshAhead();
    return this.#keys.has(keyId);
  }

  /** The key of this id; an unknown one costs a fetch, unless there was one just now. */
  async find(keyId: string): Promise<Key | undefined> {
    if (!this.holds(keyId)) await this.#refetch(this.usable ? REFETCH_GAP_MS : COLD_GAP_MS);
    return this.usable ? this.#keys.get(keyId) : undefined;
  }

  /** Whether the keys at hand say what is published. Nobody waits for each try of an outage. */
  get #maySay(): boolean {
    const now = this.#now();
    return this.usable && (now < this.#freshUntil || now - this.#failedAt < FAILED_LATELY_MS);
  }

  #refreshAhead(): void {
    if (this.#now() >= this.#freshUntil - AHEAD_MS) void this.#refetch(REFETCH_GAP_MS);
  }

  /** Joins the fetch under way, or starts one if the last began at least `gapMs` ago. */
  async #refetch(gapMs: number): Promise<void> {
    if (this.#fetching === undefined && this.#now() - this.#askedAt >= gapMs) {
      this.#askedAt = this.#now();
      this.#fetching = this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
    }
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    const startedAt = this.#now();
    const published = await this.#options.fetch();
    this.#failedAt = published === undefined ? this.#now() : Number.NEGATIVE_INFINITY;
    if (published === undefined) return;
    this.#keys = published.keys;
    this.#fetchedAt = startedAt;
    this.#freshUntil = startedAt + Math.max(published.freshForMs, LEAST_FRESH_MS);
  }

  #now(): number {
    return this.#clock.monotonic();
  }
}
