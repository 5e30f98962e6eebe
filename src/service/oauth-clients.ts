import type { Alerts } from '../domain/alerts.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import {
  hasSameCredentials,
  type OAuthClient,
  type OAuthClientStore,
} from '../domain/oauth-client.ts';
import type { Secret } from '../domain/secret.ts';
import type { ClientSecretMetrics } from './client-secret-metrics.ts';
import type { ClientTrials, Trial } from './client-trials.ts';
import { FormerSecrets } from './former-secrets.ts';

const POLL_MS = 3_000;

export interface OAuthClientsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly alerts: Alerts;
  readonly oauthClients: OAuthClientStore;
}

export interface OAuthClientsParts {
  readonly trials: ClientTrials;
  readonly secretMetrics: Pick<ClientSecretMetrics, 'inUse' | 'noneInUse'>;
}

/**
 * The configured OAuth clients that are in use. They are read again every few seconds; a value that
 * is not a client, or that Google refuses, is refused with an alert while the last good one stays.
 */
export class OAuthClients {
  readonly #deps: OAuthClientsDeps;
  readonly #parts: OAuthClientsParts;
  readonly #known = new Map<string, OAuthClient>();
  readonly #reading = new Map<string, Promise<OAuthClient>>();
  readonly #broken = new Set<string>();
  readonly #former: FormerSecrets;
  readonly #stopped = new AbortController();

  constructor(deps: OAuthClientsDeps, parts: OAuthClientsParts) {
    this.#deps = deps;
    this.#parts = parts;
    this.#former = new FormerSecrets(deps.clock);
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

  /**
   * Reads the client at the active node, whatever is known, and does not wait for what Google thinks
   * of a new value. Throws as `get` does.
   * @returns what is in use
   */
  reread(alias: string): Promise<OAuthClient> {
    const running = this.#reading.get(alias);
    if (running !== undefined) return running;
    const reading = this.#read(alias).finally(() => this.#reading.delete(alias));
    this.#reading.set(alias, reading);
    return reading;
  }

  /**
   * Reads the client again for somebody whose grants are another client's than the one in use, and
   * waits for what Google thinks of a new one. Throws as `get` does.
   * @param clientIds of the grants
   * @returns the one on trial where the grants are its alone, also where Google refuses its newest
   *   secret: that is for ops to mend, so the user is not sent to consent anew
   */
  async rereadFor(alias: string, clientIds: readonly string[]): Promise<OAuthClient> {
    await this.reread(alias);
    const trial = this.onTrial(alias);
    if (trial !== undefined) await this.#try(trial.client);
    const inUse = await this.get(alias);
    const client = this.onTrial(alias)?.client;
    if (client === undefined || clientIds.includes(inUse.clientId)) return inUse;
    return clientIds.includes(client.clientId) ? client : inUse;
  }

  /** What is stored, and not in use yet. */
  onTrial(alias: string): Trial | undefined {
    return this.#parts.trials.of(alias);
  }

  /** What worked before the newest secret, where that is in use for less than an hour. */
  formerSecret(client: OAuthClient): Secret | undefined {
    return this.#former.of(client);
  }

  /** Google accepted this secret of the client with a call. */
  accepted(client: OAuthClient, secret: Secret): void {
    if (secret.equals(client.secrets[0])) this.#proven(client);
    this.#former.accepted(client, secret);
  }

  /** Google accepts the newest secret, so no trial of it need go on. */
  #proven(client: OAuthClient): void {
    if (this.onTrial(client.alias)?.client === client) this.#take(client);
  }

  async #read(alias: string): Promise<OAuthClient> {
    const stored = await this.#deps.oauthClients.read(alias);
    const known = this.#known.get(alias);
    if (stored.kind === 'present') {
      this.#broken.delete(alias);
      // Without one that works there is nothing to wait with: a call says what Google thinks.
      if (known === undefined || hasSameCredentials(known, stored.client)) {
        return this.#take(stored.client);
      }
      void this.#try(stored.client);
      return known;
    }
    this.#parts.trials.end(alias);
    if (stored.kind === 'absent') {
      this.#former.forget(alias);
      // A name that never was one is the caller's mistake; one that was in use pages an operator.
      if (this.#known.delete(alias)) {
        this.#parts.secretMetrics.noneInUse(alias);
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

  async #try(client: OAuthClient): Promise<void> {
    const accepted = await this.#parts.trials.try(client);
    if (accepted !== undefined) this.#proven(accepted);
  }

  #take(client: OAuthClient): OAuthClient {
    const { alias } = client;
    const before = this.#known.get(alias);
    this.#parts.trials.end(alias);
    this.#known.set(alias, client);
    if (before?.version === client.version && hasSameCredentials(before, client)) return client;
    this.#parts.secretMetrics.inUse(client);
    if (before !== undefined) {
      if (!hasSameCredentials(before, client)) this.#former.replaced(client);
      this.#deps.logger.info('oauth_client_changed', { oauthClient: alias });
    }
    return client;
  }

  async #poll(): Promise<void> {
    for (;;) {
      await sleep(this.#deps.clock, POLL_MS, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
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
