import { readFile } from 'node:fs/promises';
import type { JWK } from 'jose';
import { z } from 'zod';
import { type Published, PublishedKeys } from '../concurrency/published-keys.ts';
import type { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import type { ClosedKeys } from '../domain/closed-keys.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import { isSafeUrl } from '../domain/safe-url.ts';
import type { TokenIssuer } from '../domain/token-issuer.ts';
import type { Traces } from '../domain/traces.ts';
import { BoundedHttp } from '../http/bounded-http.ts';
import { jsonBody } from '../http/json-body.ts';
import { TransportFault } from '../http/transport-fault.ts';
import { type JsonWebKeys, jsonWebKeys } from './json-web-keys.ts';

/** Bounds of a fetch; docs/limits.md lists them. */
export const KEY_FETCH = {
  timeoutMs: 5_000,
  maxBytes: 256 * 1024,
  /** A withdrawn key is known until then. */
  freshForMs: 600_000,
  /** While newer ones cannot be had. */
  maxAgeMs: 86_400_000,
} as const;

export interface IssuerKeysDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly traces?: Traces | undefined;
  readonly alerts: Alerts;
}

/** What fits into a header. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

/** The part of an OpenID configuration that is used (OpenID Connect Discovery 1.0, section 3). */
const openIdConfiguration = z.object({ issuer: z.string(), jwks_uri: z.string().max(2_048) });

/** What tokens are checked with. */
export type SigningKeys = Pick<PublishedKeys<JWK>, 'usable' | 'ready' | 'holds' | 'find'> & {
  close(options?: ClosedKeys): Promise<void>;
};

/** The signing keys of one issuer, fetched from where it publishes them. */
export class IssuerKeys extends PublishedKeys<JWK> implements SigningKeys {
  readonly #issuer: TokenIssuer;
  readonly #deps: IssuerKeysDeps;
  readonly #http: BoundedHttp;
  #failing = false;
  #closed = false;

  constructor(issuer: TokenIssuer, deps: IssuerKeysDeps) {
    super({ fetch: () => this.#fetch(), maxAgeMs: KEY_FETCH.maxAgeMs }, deps.clock);
    this.#issuer = issuer;
    this.#deps = deps;
    const { caPem } = issuer;
    const connecting = { connectTimeoutMs: KEY_FETCH.timeoutMs, connections: 1, caPem };
    this.#http = new BoundedHttp(connecting, deps);
  }

  /** Ends the connections. Whether the keys could be had counts no more. */
  async close({ issuerStays = false, after }: ClosedKeys = {}): Promise<void> {
    const { issuer } = this.#issuer;
    this.#closed = true;
    if (this.#failing && !issuerStays)
      this.#deps.metrics.remove('tokenvault_issuer_keys_failing', { issuer });
    await after;
    await this.#http.close();
  }

  async #fetch(): Promise<Published<JWK> | undefined> {
    const { clock, metrics, traces } = this.#deps;
    const startedAt = clock.monotonic();
    const fetched = await this.#attempt();
    const seconds = (clock.monotonic() - startedAt) / 1_000;
    const ended = {
      target: 'issuer_keys',
      outcome: fetched instanceof KeysFault ? 'unavailable' : 'ok',
    } as const;
    metrics.observe('tokenvault_upstream_seconds', seconds, ended);
    traces?.note({ ...ended, seconds });
    if (!this.#closed) this.#tell(fetched);
    if (fetched instanceof KeysFault) return undefined;
    return { keys: fetched.keys, freshForMs: KEY_FETCH.freshForMs };
  }

  /** An operator is told once for each time that they cannot be had. */
  #tell(fetched: JsonWebKeys | KeysFault): void {
    const { logger, metrics, alerts } = this.#deps;
    const { issuer } = this.#issuer;
    const failing = fetched instanceof KeysFault;
    metrics.set('tokenvault_issuer_keys_failing', failing ? 1 : 0, { issuer });
    if (failing && !this.#failing) {
      alerts.raise('issuer_keys_unavailable', { issuer, detail: fetched.message });
    }
    this.#failing = failing;
    if (failing || fetched.dropped === 0) return;
    logger.warn('issuer_keys_dropped', { issuer, dropped: fetched.dropped });
  }

  async #attempt(): Promise<JsonWebKeys | KeysFault> {
    try {
      const { jwksUri, keysTokenFile } = this.#issuer;
      const url = jwksUri ?? (await this.#discover());
      const token = keysTokenFile && (await tokenIn(keysTokenFile));
      const keys = jsonWebKeys(await this.#json(url, token));
      return keys ?? new KeysFault('the answer holds no key for signatures');
    } catch (error) {
      if (error instanceof KeysFault) return error;
      throw error;
    }
  }

  /** Where the issuer says that its keys are. Another issuer's answer says nothing. */
  async #discover(): Promise<string> {
    const { issuer } = this.#issuer;
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const parsed = openIdConfiguration.safeParse(await this.#json(url));
    if (parsed.data?.issuer !== issuer)
      throw new KeysFault('no OpenID configuration of the issuer');
    if (isSafeUrl(parsed.data.jwks_uri)) return parsed.data.jwks_uri;
    throw new KeysFault('the OpenID configuration has no https jwks_uri');
  }

  async #json(url: string, token?: string): Promise<unknown> {
    const accept = { accept: 'application/json, application/jwk-set+json' };
    const request = {
      method: 'GET',
      url,
      headers: token === undefined ? accept : { ...accept, authorization: `Bearer ${token}` },
      timeoutMs: KEY_FETCH.timeoutMs,
      maxBytes: KEY_FETCH.maxBytes,
    } as const;
    try {
      const response = await this.#http.send(request);
      if (response.status === 200) return await jsonBody(response);
      throw new KeysFault(`status ${response.status}`);
    } catch (error) {
      if (error instanceof TransportFault) throw new KeysFault('no whole answer');
      throw error;
    }
  }
}

/** Read for each fetch, because such tokens are replaced within the hour. */
async function tokenIn(file: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch {
    throw new KeysFault('keys_token_file cannot be read');
  }
  if (TOKEN.test(text)) return text;
  throw new KeysFault('keys_token_file does not hold one token');
}

/** Why there are no keys, in our own words. */
class KeysFault extends Error {}
