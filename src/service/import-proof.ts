import { Failure } from '../domain/failure.ts';
import type { IdTokenVerifier } from '../domain/id-token-verifier.ts';
import type { OAuthClient } from '../domain/oauth-client.ts';
import type { RefusalCause, TokenReply } from '../domain/oauth-provider.ts';
import type { Profile } from '../domain/profile.ts';
import type { Secret } from '../domain/secret.ts';
import { noAnswerFailure, refreshRefusedFailure } from './google-failures.ts';
import type { GoogleGate } from './google-gate.ts';
import type { OAuthClientCalls } from './oauth-client-calls.ts';
import type { RefreshTurn } from './refresh-turn.ts';
import type { ImportGrantRequest } from './token-vault.ts';

/** What Google says of a refresh token that works. */
export interface ProvenToken {
  /** The one that was sent, or its successor where Google rotated it. */
  readonly refreshToken: Secret;
  readonly scopes: readonly string[];
  readonly expiresInMs?: number;
  readonly hostedDomain?: string;
}

export interface ImportProofParts {
  readonly calls: OAuthClientCalls;
  readonly googleGate: Pick<GoogleGate, 'enter'>;
}

/** Proves a refresh token from elsewhere by one refresh; its access token is dropped. */
export class ImportProof {
  readonly #idTokens: IdTokenVerifier;
  readonly #parts: ImportProofParts;

  constructor(idTokens: IdTokenVerifier, parts: ImportProofParts) {
    this.#idTokens = idTokens;
    this.#parts = parts;
  }

  /**
   * @throws Failure USER_RECONSENT_REQUIRED, USER_MISMATCH, USER_REAUTH_REQUIRED,
   *   ADMIN_POLICY_ENFORCED; PROVIDER_UNAVAILABLE, PROVIDER_RATE_LIMITED, PROVIDER_CLIENT_REJECTED,
   *   NOT_READY
   */
  async prove(
    client: OAuthClient,
    request: ImportGrantRequest,
    turn: RefreshTurn,
  ): Promise<ProvenToken> {
    const { refreshToken } = request;
    await this.#idTokens.prepare();
    const leave = await this.#parts.googleGate.enter(client.alias, 'refresh', turn);
    const refresh = async () => {
      turn.askGoogle();
      return this.#parts.calls.refresh(client, { refreshToken });
    };
    const outcome = await refresh().finally(leave);
    if (outcome.kind === 'no_answer') throw noAnswerFailure(outcome);
    if (outcome.kind === 'refused') throw refused(outcome.cause, request);
    const profile = await this.#profileOf(outcome, client, request.userId);
    const scopes = outcome.scopes ?? request.scopes;
    if (scopes.length === 0) {
      throw new Failure('PROVIDER_UNAVAILABLE', { detail: 'google names no scopes' });
    }
    const life = outcome.refreshTokenExpiresInMs;
    return {
      refreshToken: outcome.refreshToken ?? refreshToken,
      scopes,
      ...(life === undefined ? {} : { expiresInMs: life }),
      ...(profile?.hostedDomain === undefined ? {} : { hostedDomain: profile.hostedDomain }),
    };
  }

  /** Google may send an ID token with a refresh where `openid` was granted; then it says whose it is. */
  async #profileOf(
    { idToken }: TokenReply,
    { clientId }: OAuthClient,
    userId: string,
  ): Promise<Profile | undefined> {
    if (idToken === undefined) return undefined;
    const identity = await this.#idTokens.verify(idToken, { clientId });
    if (identity?.userId !== userId) {
      throw new Failure('USER_MISMATCH', { metadata: { mismatch: 'expectedUser' } });
    }
    return identity.profile;
  }
}

/** Only the token can be wrong: a client that Google refuses for it alone is not the client's fault. */
function refused(cause: RefusalCause, request: ImportGrantRequest): Failure {
  const { oauthClient } = request;
  if (cause === 'invalid_grant' || cause === 'unauthorized_client') {
    const ended = cause === 'invalid_grant' ? 'revokedAtGoogle' : 'clientReplaced';
    return new Failure('USER_RECONSENT_REQUIRED', { metadata: { oauthClient, cause: ended } });
  }
  return refreshRefusedFailure(cause, request);
}
