import { type Published, PublishedKeys } from '../concurrency/published-keys.ts';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Traces } from '../domain/traces.ts';
import type { BoundedHttp } from '../http/bounded-http.ts';
import { jsonBody } from '../http/json-body.ts';
import { TransportFault } from '../http/transport-fault.ts';
import { keySet } from './key-set.ts';

const MAX_REPLY_BYTES = 256 * 1024;

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
  readonly traces?: Traces | undefined;
}

/**
 * Google's signing keys. google-auth-library's own cache fetches once per concurrent call, knows no
 * new key until `max-age` is over, and gives up with an expired one.
 */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  readonly #deps: SigningKeysDeps;
  readonly #keys: PublishedKeys<string>;

  constructor(options: SigningKeysOptions, deps: SigningKeysDeps) {
    this.#options = options;
    this.#deps = deps;
    const { signingKeysMaxAgeMs: maxAgeMs } = options;
    this.#keys = new PublishedKeys({ fetch: () => this.#fetch(), maxAgeMs }, deps.clock);
  }

  /** Whether there are usable keys. Waits for a fetch only where there are none, or none that are fresh. */
  ready(): Promise<boolean> {
    return this.#keys.ready();
  }

  /** The key of this id; an unknown one costs a fetch, unless there was one just now. */
  find(keyId: string): Promise<string | undefined> {
    return this.#keys.find(keyId);
  }

  async #fetch(): Promise<Published<string> | undefined> {
    const { clock, logger, metrics, traces } = this.#deps;
    const startedAt = clock.monotonic();
    const response = await this.#response();
    const fetched = response?.status === 200 ? keySet(await jsonBody(response)) : undefined;
    const seconds = (clock.monotonic() - startedAt) / 1_000;
    const ended = {
      target: 'google_certs',
      outcome: fetched === undefined ? 'unavailable' : 'ok',
    } as const;
    metrics.observe('tokenvault_upstream_seconds', seconds, ended);
    traces?.note({ ...ended, seconds });
    if (response === undefined || fetched === undefined) {
      logger.warn('google_keys_unavailable', { status: response?.status });
      return undefined;
    }
    const { keys, dropped } = fetched;
    if (dropped > 0) logger.warn('google_keys_dropped', { dropped });
    return { keys, freshForMs: maxAgeMs(response.headers.get('cache-control')) };
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
}

function maxAgeMs(cacheControl: string | null): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/i.exec(cacheControl ?? '')?.[1];
  return Number(seconds ?? 0) * 1_000;
}
