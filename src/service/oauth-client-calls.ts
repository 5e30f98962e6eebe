import type { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { OAuthClient } from '../domain/oauth-client.ts';
import type {
  ClientCredentials,
  CodeExchange,
  OAuthProvider,
  RefreshRequest,
  TokenOutcome,
} from '../domain/oauth-provider.ts';
import type { Secret } from '../domain/secret.ts';
import type { GoogleGate } from './google-gate.ts';
import type { OAuthClients } from './oauth-clients.ts';

const BREAKER_MS = 30_000;

export interface OAuthClientCallsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly alerts: Alerts;
  readonly provider: OAuthProvider;
}

export interface OAuthClientCallsParts {
  readonly clients: OAuthClients;
  readonly googleGate: Pick<GoogleGate, 'answered'>;
}

/**
 * Calls to Google's token endpoint in the name of an OAuth client. A refused secret is followed by
 * one attempt with the other configured one; when none is accepted the client is not used again for
 * a while. No user is ever touched for it.
 */
export class OAuthClientCalls {
  readonly #deps: OAuthClientCallsDeps;
  readonly #parts: OAuthClientCallsParts;
  readonly #trippedUntil = new Map<string, { readonly version: number; readonly until: number }>();

  constructor(deps: OAuthClientCallsDeps, parts: OAuthClientCallsParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /** Sends the code. Ask `ensureUsable` first: this never fails without having sent it. */
  exchangeCode(client: OAuthClient, exchange: CodeExchange): Promise<TokenOutcome> {
    return this.#call(client, (credentials) =>
      this.#deps.provider.exchangeCode(credentials, exchange),
    );
  }

  /** @throws Failure PROVIDER_CLIENT_REJECTED while the client is not used; nothing was sent then */
  async refresh(client: OAuthClient, request: RefreshRequest): Promise<TokenOutcome> {
    this.ensureUsable(client);
    return this.#call(client, (credentials) => this.#deps.provider.refresh(credentials, request));
  }

  async #call(
    client: OAuthClient,
    send: (credentials: ClientCredentials) => Promise<TokenOutcome>,
  ): Promise<TokenOutcome> {
    const [newest] = client.secrets;
    const first = await this.#attempt(client, newest, send);
    if (first.kind !== 'refused') return first;
    if (first.cause !== 'invalid_client') return this.#noted(client, first);

    const current = await this.#reread(client);
    // An alias that names another client now says nothing about the one that was refused.
    if (current.clientId !== client.clientId) return first;
    const other = current.secrets.find((secret) => !secret.equals(newest));
    if (other === undefined) return this.#noted(current, first);
    const second = await this.#attempt(current, other, send);
    // Whatever becomes of the second attempt, the first one was sent.
    if (second.kind === 'no_answer') return { ...second, sent: true };
    return this.#noted(current, second);
  }

  async #attempt(
    client: OAuthClient,
    clientSecret: Secret,
    send: (credentials: ClientCredentials) => Promise<TokenOutcome>,
  ): Promise<TokenOutcome> {
    const sentAt = this.#deps.clock.monotonic();
    const outcome = await send({ clientId: client.clientId, clientSecret });
    this.#parts.googleGate.answered(client.alias, outcome, sentAt);
    if (outcome.kind === 'no_answer') return outcome;
    const rejected = outcome.kind === 'refused' && outcome.cause === 'invalid_client';
    const suffix = clientSecret.reveal().slice(-4);
    this.#deps.metrics.count('tokenvault_client_secret_total', {
      client: client.alias,
      suffix,
      outcome: rejected ? 'rejected' : 'accepted',
    });
    if (rejected) {
      this.#deps.logger.warn('client_secret_rejected', { oauthClient: client.alias, suffix });
    }
    return outcome;
  }

  /** Ops may have rotated the secret since it was last read; where that cannot be told, what is known must do. */
  async #reread(client: OAuthClient): Promise<OAuthClient> {
    try {
      return await this.#parts.clients.reread(client.alias);
    } catch (error) {
      if (isFailure(error)) return client;
      throw error;
    }
  }

  /** @throws Failure PROVIDER_CLIENT_REJECTED while Google refused this client a moment ago */
  ensureUsable(client: OAuthClient): void {
    const tripped = this.#trippedUntil.get(client.alias);
    if (tripped === undefined) return;
    const retryAfterMs = tripped.until - this.#deps.clock.monotonic();
    if (retryAfterMs <= 0) this.#trippedUntil.delete(client.alias);
    if (retryAfterMs <= 0 || tripped.version !== client.version) return;
    throw new Failure('PROVIDER_CLIENT_REJECTED', {
      metadata: { oauthClient: client.alias },
      retryAfterMs,
    });
  }

  /** Stops using the client for a while where it is the client that Google refuses. */
  #noted(client: OAuthClient, outcome: TokenOutcome): TokenOutcome {
    if (outcome.kind !== 'refused') return outcome;
    if (outcome.cause === 'invalid_client' || outcome.cause === 'client_disabled') {
      this.#trip(client);
    }
    return outcome;
  }

  #trip(client: OAuthClient): void {
    const until = this.#deps.clock.monotonic() + BREAKER_MS;
    this.#trippedUntil.set(client.alias, { version: client.version, until });
    this.#deps.alerts.raise('oauth_client_rejected', { oauthClient: client.alias });
  }
}
