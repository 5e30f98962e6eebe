import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { BoundedHttp } from './bounded-http.ts';
import { jsonBody } from './json-body.ts';
import { type KeySet, keySet } from './key-set.ts';
import { TransportFault } from './transport-fault.ts';

const MAX_REPLY_BYTES = 256 * 1024;
/** Between two fetches, while the keys at hand are usable. */
const REFETCH_GAP_MS = 30_000;
/** The same while there are none: every exchange waits for them. */
const COLD_GAP_MS = 1_000;

export interface SigningKeysOptions {
  readonly certsUrl: string;
  readonly requestTimeoutMs: number;
  /** After this time without a successful fetch the keys are no longer used. */
  readonly signingKeysMaxAgeMs: number;
}

export interface SigningKeysDeps {
  readonly http: BoundedHttp;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Google's signing keys, kept over outages. google-auth-library's own cache fetches once per
 * concurrent call, knows no new key until `max-age` is over, and gives up with an expired one.
 */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  readonly #deps: SigningKeysDeps;
  #keys: KeySet = new Map();
  /** Monotonic times. */
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #freshUntil = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(options: SigningKeysOptions, deps: SigningKeysDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Whether there are usable keys. Waits for a fetch only where there are none. */
  async ready(): Promise<boolean> {
    if (this.#usable()) {
      if (this.#now() >= this.#freshUntil) void this.#refetch(REFETCH_GAP_MS);
      return true;
    }
    await this.#refetch(COLD_GAP_MS);
    return this.#usable();
  }

  /** The key of this id; an unknown one costs a fetch, unless there was one just now. */
  async find(keyId: string): Promise<string | undefined> {
    if (!this.#usable() || !this.#keys.has(keyId)) {
      await this.#refetch(this.#usable() ? REFETCH_GAP_MS : COLD_GAP_MS);
    }
    return this.#usable() ? this.#keys.get(keyId) : undefined;
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
    const response = await this.#response();
    const fetched = response?.status === 200 ? keySet(await jsonBody(response)) : undefined;
    if (response !== undefined && fetched !== undefined) {
      const { keys, dropped } = fetched;
      if (dropped > 0) this.#deps.logger.warn('google_keys_dropped', { dropped });
      this.#keys = keys;
      this.#fetchedAt = startedAt;
      this.#freshUntil = startedAt + maxAgeMs(response.headers.get('cache-control'));
    } else {
      this.#deps.logger.warn('google_keys_unavailable', { status: response?.status });
    }
    this.#deps.metrics.observe('tokenvault_upstream_seconds', (this.#now() - startedAt) / 1_000, {
      target: 'google_certs',
      outcome: fetched === undefined ? 'unavailable' : 'ok',
    });
  }

  async #response(): Promise<Response | undefined> {
    try {
      return await this.#deps.http.send({
        method: 'GET',
        url: this.#options.certsUrl,
        headers: { accept: 'application/json' },
        timeoutMs: this.#options.requestTimeoutMs,
        maxBytes: MAX_REPLY_BYTES,
      });
    } catch (error) {
      if (!(error instanceof TransportFault)) throw error;
      return undefined;
    }
  }

  #usable(): boolean {
    return this.#now() - this.#fetchedAt < this.#options.signingKeysMaxAgeMs;
  }

  #now(): number {
    return this.#deps.clock.monotonic();
  }
}

function maxAgeMs(cacheControl: string | null): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/i.exec(cacheControl ?? '')?.[1];
  return Number(seconds ?? 0) * 1_000;
}
