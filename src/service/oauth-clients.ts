import type { Alerts } from '../domain/alerts.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { OAuthClient, OAuthClientStore } from '../domain/oauth-client.ts';

const POLL_MS = 3_000;

export interface OAuthClientsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly alerts: Alerts;
  readonly oauthClients: OAuthClientStore;
}

/**
 * The configured OAuth clients, as last read. Clients in use are read again every few seconds; a
 * value that is not a client is refused with an alert while the last good one stays.
 */
export class OAuthClients {
  readonly #deps: OAuthClientsDeps;
  readonly #known = new Map<string, OAuthClient>();
  readonly #reading = new Map<string, Promise<OAuthClient>>();
  readonly #broken = new Set<string>();
  readonly #stopped = new AbortController();

  constructor(deps: OAuthClientsDeps) {
    this.#deps = deps;
  }

  start(): void {
    void this.#poll();
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** @throws Failure CLIENT_NOT_CONFIGURED, STORE_UNAVAILABLE, STORE_ACCESS_LOST */
  async get(alias: string): Promise<OAuthClient> {
    return this.#known.get(alias) ?? this.reread(alias);
  }

  /** Reads the client at the active node, whatever is known. Throws as `get` does. */
  reread(alias: string): Promise<OAuthClient> {
    const running = this.#reading.get(alias);
    if (running !== undefined) return running;
    const reading = this.#read(alias).finally(() => this.#reading.delete(alias));
    this.#reading.set(alias, reading);
    return reading;
  }

  async #read(alias: string): Promise<OAuthClient> {
    const stored = await this.#deps.oauthClients.read(alias);
    const known = this.#known.get(alias);
    if (stored.kind === 'present') {
      this.#broken.delete(alias);
      this.#known.set(alias, stored.client);
      if (known !== undefined && known.version !== stored.client.version) {
        this.#deps.logger.info('oauth_client_changed', { oauthClient: alias });
      }
      return stored.client;
    }
    if (stored.kind === 'absent') {
      // A name that never was one is the caller's mistake; one that was in use pages an operator.
      if (this.#known.delete(alias)) {
        this.#deps.alerts.raise('oauth_client_broken', { oauthClient: alias, problem: 'absent' });
      }
      throw notConfigured(alias, 'absent');
    }
    if (!this.#broken.has(alias)) {
      this.#broken.add(alias);
      this.#deps.alerts.raise('oauth_client_broken', {
        oauthClient: alias,
        problem: stored.problem,
      });
    }
    if (known !== undefined) return known;
    throw notConfigured(alias, stored.problem);
  }

  async #poll(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await sleep(this.#deps.clock, POLL_MS, this.#stopped.signal);
      for (const alias of this.#known.keys()) {
        await this.reread(alias).catch((error: unknown) => this.#notePollFailure(alias, error));
      }
    }
  }

  #notePollFailure(oauthClient: string, error: unknown): void {
    const reason = isFailure(error) ? error.reason : 'INTERNAL';
    this.#deps.logger.debug('oauth_client_poll_failed', { oauthClient, reason });
  }
}

function notConfigured(oauthClient: string, detail: string): Failure {
  return new Failure('CLIENT_NOT_CONFIGURED', { metadata: { oauthClient }, detail });
}
