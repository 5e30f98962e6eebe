import type { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import { type OAuthClient, secretSuffix } from '../domain/oauth-client.ts';
import {
  type ClientCredentials,
  type CodeExchange,
  type OAuthProvider,
  type RefreshRequest,
  type TokenOutcome,
  verdictOf,
} from '../domain/oauth-provider.ts';
import type { Secret } from '../domain/secret.ts';
import type { ClientSecretMetrics } from './client-secret-metrics.ts';
import type { GoogleGate } from './google-gate.ts';
import type { OAuthClients } from './oauth-clients.ts';

const BREAKER_MS = 30_000;

export interface OAuthClientCallsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly alerts: Alerts;
  readonly provider: OAuthProvider;
}

export interface OAuthClientCallsParts {
  readonly clients: OAuthClients;
  readonly googleGate: Pick<GoogleGate, 'answered'>;
  readonly secretMetrics: Pick<ClientSecretMetrics, 'used'>;
}

interface Attempt {
  readonly client: OAuthClient;
  readonly secret: Secret;
}

/**
 * Calls to Google's token endpoint in the name of an OAuth client. A refused secret is followed by
 * one attempt with another: a configured one, also where that is not in use yet, or the one that was in
 * use until lately. When none is accepted the client is not used again for a while. No user is ever
 * touched for it.
 */
export class OAuthClientCalls {
  readonly #deps: OAuthClientCallsDeps;
  readonly #parts: OAuthClientCallsParts;
  /** By alias and client id: one that waits on trial trips apart from the one in use. */
  readonly #tripped = new Map<string, { readonly version: number; readonly until: number }>();

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
    const first = await this.#attempt({ client, secret: newest }, send);
    if (first.kind !== 'refused') return first;
    if (first.cause !== 'invalid_client') return this.#noted(client, first);

    const current = await this.#reread(client);
    const other = this.#other({ client, secret: newest }, current);
    const last = other === undefined ? first : await this.#attempt(other, send);
    // Whatever becomes of the second attempt, the first one was sent.
    if (last.kind === 'no_answer') return { ...last, sent: true };
    const judged = this.#isOnTrial(client) ? client : current;
    // An alias that names another client now says nothing about the one that was refused.
    return judged.clientId === client.clientId ? this.#noted(judged, last) : last;
  }

  /** Grants of a client that is stored and not in use are refreshed with it. */
  #isOnTrial({ alias, clientId, version }: OAuthClient): boolean {
    const waiting = this.#parts.clients.onTrial(alias)?.client;
    return waiting?.clientId === clientId && waiting.version === version;
  }

  /**
   * The one that is in use by now first, if it is another: Google has accepted it. Else what is
   * stored, unless Google was just asked about it and refused it too; at last what worked before.
   */
  #other({ client, secret: refused }: Attempt, current: OAuthClient): Attempt | undefined {
    const trial = this.#parts.clients.onTrial(client.alias);
    const stored = trial === undefined ? [] : [trial.client];
    const isReplaced = !current.secrets[0].equals(refused);
    const inUseFirst = isReplaced || trial?.isRefused === true;
    const places = inUseFirst ? [current, ...stored] : [...stored, current];
    const configured = places
      .filter(({ clientId }) => clientId === client.clientId)
      .flatMap((place) => place.secrets.map((secret) => ({ client: place, secret })));
    const former = this.#parts.clients.formerSecret(client);
    const known = former === undefined ? configured : [...configured, { client, secret: former }];
    return known.find(({ secret }) => !secret.equals(refused));
  }

  async #attempt(
    { client, secret }: Attempt,
    send: (credentials: ClientCredentials) => Promise<TokenOutcome>,
  ): Promise<TokenOutcome> {
    const sentAt = this.#deps.clock.monotonic();
    const outcome = await send({ clientId: client.clientId, clientSecret: secret });
    this.#parts.googleGate.answered(client.alias, outcome, sentAt);
    this.#parts.secretMetrics.used(client.alias, secret, outcome);
    const verdict = verdictOf(outcome);
    if (verdict === 'accepted') this.#parts.clients.accepted(client, secret);
    if (verdict === 'rejected') {
      const suffix = secretSuffix(secret);
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
    const tripped = this.#tripped.get(breakerOf(client));
    if (tripped === undefined) return;
    const retryAfterMs = tripped.until - this.#deps.clock.monotonic();
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
    const now = this.#deps.clock.monotonic();
    for (const [name, { until }] of this.#tripped) if (until <= now) this.#tripped.delete(name);
    this.#tripped.set(breakerOf(client), { version: client.version, until: now + BREAKER_MS });
    this.#deps.alerts.raise('oauth_client_rejected', { oauthClient: client.alias });
  }
}

function breakerOf({ alias, clientId }: OAuthClient): string {
  return `${alias} ${clientId}`;
}
