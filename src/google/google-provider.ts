import * as oauth from 'oauth4webapi';
import type { Clock } from '../domain/clock.ts';
import { causeOfFault } from '../domain/failure-cause.ts';
import type { Metrics } from '../domain/metrics.ts';
import {
  type ClientCredentials,
  type CodeExchange,
  type CredentialsVerdict,
  NOBODYS_REFRESH_TOKEN,
  type OAuthProvider,
  type RefreshRequest,
  type TokenOutcome,
  verdictOf,
} from '../domain/oauth-provider.ts';
import type { Secret } from '../domain/secret.ts';
import type { TracedRequest, Traces } from '../domain/traces.ts';
import { BoundedHttp } from '../http/bounded-http.ts';
import { jsonBody } from '../http/json-body.ts';
import { TransportFault } from '../http/transport-fault.ts';
import type { GoogleOptions } from './google-options.ts';
import { tokenOutcome } from './token-outcome.ts';

const MAX_REPLY_BYTES = 64 * 1024;

export interface GoogleProviderOptions extends GoogleOptions {
  /** At most so many at a time. Default 64. */
  readonly connections?: number;
}

export interface GoogleProviderDeps {
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Default: none are left. */
  readonly traces?: Traces | undefined;
}

/** Unlike RFC 7009, Google's revocation knows no client authentication: only the token goes. */
const unauthenticated: oauth.ClientAuth = () => undefined;

/**
 * Google's token and revocation endpoints. oauth4webapi makes the requests; its reading of answers
 * is not used, because it refuses a whole token answer for an ID token that it does not like, and
 * its errors carry the body.
 */
export class GoogleProvider implements OAuthProvider {
  readonly #options: GoogleOptions;
  readonly #server: oauth.AuthorizationServer;
  readonly #http: BoundedHttp;
  readonly #metrics: Metrics;
  readonly #traces: Traces | undefined;
  readonly #clock: Clock;

  constructor(options: GoogleProviderOptions, deps: GoogleProviderDeps) {
    this.#options = options;
    this.#server = {
      issuer: 'https://accounts.google.com',
      token_endpoint: options.tokenUrl,
      revocation_endpoint: options.revokeUrl,
    };
    const { connections, requestTimeoutMs: connectTimeoutMs } = options;
    this.#http = new BoundedHttp({ connectTimeoutMs, connections }, deps);
    this.#metrics = deps.metrics;
    this.#traces = deps.traces;
    this.#clock = deps.clock;
  }

  async exchangeCode(client: ClientCredentials, exchange: CodeExchange): Promise<TokenOutcome> {
    const parameters: Record<string, string> = {
      code: exchange.code.reveal(),
      // Google refuses a request without it; codes of mobile apps need it to be empty.
      redirect_uri: exchange.redirectUri,
    };
    if (exchange.codeVerifier) parameters.code_verifier = exchange.codeVerifier.reveal();
    const startedAt = this.#clock.monotonic();
    const outcome = await this.#token(client, 'authorization_code', parameters);
    const ended = { operation: 'exchange', outcome: labelOf(outcome) };
    this.#observe({ target: 'google_token', ...ended }, startedAt);
    return outcome;
  }

  async refresh(client: ClientCredentials, request: RefreshRequest): Promise<TokenOutcome> {
    const parameters: Record<string, string> = { refresh_token: request.refreshToken.reveal() };
    if (request.scopes) parameters.scope = request.scopes.join(' ');
    const startedAt = this.#clock.monotonic();
    const outcome = await this.#token(client, 'refresh_token', parameters);
    const ended = { operation: 'refresh', outcome: labelOf(outcome) };
    this.#observe({ target: 'google_token', ...ended }, startedAt);
    return outcome;
  }

  async probe(client: ClientCredentials): Promise<CredentialsVerdict> {
    const startedAt = this.#clock.monotonic();
    const parameters = { refresh_token: NOBODYS_REFRESH_TOKEN };
    const verdict = verdictOf(await this.#token(client, 'refresh_token', parameters));
    this.#observe({ target: 'google_probe', outcome: verdict }, startedAt);
    return verdict;
  }

  async revoke(refreshToken: Secret): Promise<'revoked' | 'no_answer'> {
    const startedAt = this.#clock.monotonic();
    const outcome = await this.#revocation(refreshToken);
    this.#observe({ target: 'google_revoke', outcome }, startedAt);
    return outcome;
  }

  /** Ends the connections; what is under way gets no answer. */
  close(): Promise<void> {
    return this.#http.close();
  }

  async #token(
    client: ClientCredentials,
    grantType: 'authorization_code' | 'refresh_token',
    parameters: Readonly<Record<string, string>>,
  ): Promise<TokenOutcome> {
    const { requestTimeoutMs, exchangeTimeoutMs } = this.#options;
    const isExchange = grantType === 'authorization_code';
    return this.#answered(() =>
      oauth.genericTokenEndpointRequest(
        this.#server,
        { client_id: client.clientId },
        oauth.ClientSecretPost(client.clientSecret.reveal()),
        grantType,
        { ...parameters },
        this.#requestOptions(isExchange ? exchangeTimeoutMs : requestTimeoutMs),
      ),
    );
  }

  async #answered(request: () => Promise<Response>): Promise<TokenOutcome> {
    try {
      return await tokenOutcome(await request(), this.#clock.now());
    } catch (error) {
      if (!(error instanceof TransportFault)) throw error;
      return {
        kind: 'no_answer',
        cause: 'unavailable',
        sent: error.sent,
        outside: causeOfFault(error),
      };
    }
  }

  async #revocation(refreshToken: Secret): Promise<'revoked' | 'no_answer'> {
    try {
      const response = await oauth.revocationRequest(
        this.#server,
        { client_id: 'unused' },
        unauthenticated,
        refreshToken.reveal(),
        this.#requestOptions(this.#options.requestTimeoutMs),
      );
      return (await isRevoked(response)) ? 'revoked' : 'no_answer';
    } catch (error) {
      if (!(error instanceof TransportFault)) throw error;
      return 'no_answer';
    }
  }

  #requestOptions(timeoutMs: number) {
    const send = (
      url: string,
      request: { headers: Record<string, string>; body: URLSearchParams },
    ) =>
      this.#http.send({
        method: 'POST',
        url,
        headers: request.headers,
        body: request.body.toString(),
        timeoutMs,
        maxBytes: MAX_REPLY_BYTES,
      });
    // Plain HTTP is for the loopback of a developer's machine; the configuration refuses it elsewhere.
    return { [oauth.customFetch]: send, [oauth.allowInsecureRequests]: true };
  }

  #observe(request: Omit<TracedRequest, 'seconds'>, startedAt: number): void {
    const { target, outcome } = request;
    const seconds = (this.#clock.monotonic() - startedAt) / 1_000;
    this.#metrics.observe('tokenvault_upstream_seconds', seconds, { target, outcome });
    this.#traces?.note({ ...request, seconds });
  }
}

function labelOf(outcome: TokenOutcome): string {
  return outcome.kind === 'tokens' ? 'ok' : outcome.cause;
}

/** Google answers 400 `invalid_token` for a token that it no longer knows: there is nothing to end. */
async function isRevoked(response: Response): Promise<boolean> {
  if (response.status === 200) return true;
  const body = response.status === 400 ? await jsonBody(response) : undefined;
  return (
    typeof body === 'object' && body !== null && 'error' in body && body.error === 'invalid_token'
  );
}
