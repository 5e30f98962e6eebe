import type { Clock } from '../domain/clock.ts';

/** Between two fetches, while the keys at hand are usable. */
const REFETCH_GAP_MS = 30_000;
/** The same while there are none: somebody waits for them. */
const COLD_GAP_MS = 1_000;

/** What a fetch brought. */
export interface Published<Key> {
  /** By key id. */
  readonly keys: ReadonlyMap<string, Key>;
  /** When they are fetched again in the background, from the beginning of this fetch on. */
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
 * one fetch runs at a time, and one is made in 30 seconds.
 */
export class PublishedKeys<Key> {
  readonly #options: PublishedKeysOptions<Key>;
  readonly #clock: Clock;
  #keys: ReadonlyMap<string, Key> = new Map();
  /** Monotonic times. */
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #freshUntil = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(options: PublishedKeysOptions<Key>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Whether there are keys that may be used now. */
  get usable(): boolean {
    return this.#now() - this.#fetchedAt < this.#options.maxAgeMs;
  }

  /** Whether there are usable keys. Waits for a fetch only where there are none. */
  async ready(): Promise<boolean> {
    if (this.usable) this.#refreshAhead();
    else await this.#refetch(COLD_GAP_MS);
    return this.usable;
  }

  /** Whether the key of this id may be used now. Waits for nothing. */
  holds(keyId: string): boolean {
    if (!this.usable) return false;
    this.#refreshAhead();
    return this.#keys.has(keyId);
  }

  /** The key of this id; an unknown one costs a fetch, unless there was one just now. */
  async find(keyId: string): Promise<Key | undefined> {
    if (!this.holds(keyId)) await this.#refetch(this.usable ? REFETCH_GAP_MS : COLD_GAP_MS);
    return this.usable ? this.#keys.get(keyId) : undefined;
  }

  #refreshAhead(): void {
    if (this.#now() >= this.#freshUntil) void this.#refetch(REFETCH_GAP_MS);
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
    if (published === undefined) return;
    this.#keys = published.keys;
    this.#fetchedAt = startedAt;
    this.#freshUntil = startedAt + published.freshForMs;
  }

  #now(): number {
    return this.#clock.monotonic();
  }
}
