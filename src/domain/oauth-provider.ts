import type { Secret } from './secret.ts';

/** One client id with the one secret to try. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

export interface CodeExchange {
  readonly code: Secret;
  /** Sent as it is, also when empty: Google needs it present for codes of mobile apps. */
  readonly redirectUri: string;
  readonly codeVerifier?: Secret;
}

export interface RefreshRequest {
  readonly refreshToken: Secret;
  /** Canonical scopes to narrow to; without it Google gives all that were granted. */
  readonly scopes?: readonly string[];
}

/** A well-formed success of the token endpoint (RFC 6749 section 5.1). */
export interface TokenReply {
  readonly kind: 'tokens';
  readonly accessToken: Secret;
  /** Remaining life when Google answered, milliseconds; positive and at most one day. */
  readonly expiresInMs: number;
  /** Canonical scopes as Google named them; undefined where it named none. */
  readonly scopes?: readonly string[];
  readonly refreshToken?: Secret;
  readonly refreshTokenExpiresInMs?: number;
  readonly idToken?: Secret;
}

/** What a definitive refusal means; its text is never kept. */
export type RefusalCause =
  /** The code or refresh token is dead. */
  | 'invalid_grant'
  /** Interactive re-authentication is demanded (`invalid_rapt`, `rapt_required`). */
  | 'reauth_required'
  /** The client id or secret is not accepted: the other secret may be. */
  | 'invalid_client'
  /** The client was deleted or disabled: no secret helps. */
  | 'client_disabled'
  /** The code or token belongs to another client id. */
  | 'unauthorized_client'
  | 'redirect_uri_mismatch'
  | 'invalid_scope'
  /** An administrator, or Google's policy for this client, blocks the app or scope. */
  | 'admin_policy_enforced'
  /** The request itself was refused: our bug, or a change at Google. */
  | 'invalid_request';

/** A well-formed definitive 4xx OAuth error (RFC 6749 section 5.2). */
export interface Refusal {
  readonly kind: 'refused';
  readonly cause: RefusalCause;
}

/** No usable answer: 5xx, garbage, a timeout, a broken connection, or throttling. */
export interface NoAnswer {
  readonly kind: 'no_answer';
  readonly cause: 'unavailable' | 'rate_limited';
  /** Why there was no whole answer, where there was none at all. */
  readonly outside?: 'unreachable' | 'slow' | 'error';
  /** False only if it is certain that no byte of the request left: there was no connection. */
  readonly sent: boolean;
  /** Google's Retry-After, milliseconds, at most ten minutes. */
  readonly retryAfterMs?: number;
}

export type TokenOutcome = TokenReply | Refusal | NoAnswer;

/** What Google thinks of a client id and its secret, whatever it thinks of the code or token with them. */
export type CredentialsVerdict =
  | 'accepted'
  /** No such client, or not its secret. */
  | 'rejected'
  /** The client was deleted or disabled: no secret helps. */
  | 'disabled'
  /** Nothing can be told. */
  | 'no_answer';

/**
 * By RFC 6749 section 5.2 a client that fails to authenticate is `invalid_client`, so what says no to
 * the grant accepts the client. Google's documentation does not confirm that it looks in this order.
 */
export function verdictOf(outcome: TokenOutcome): CredentialsVerdict {
  if (outcome.kind === 'tokens') return 'accepted';
  switch (outcome.cause) {
    case 'invalid_client':
      return 'rejected';
    case 'client_disabled':
      return 'disabled';
    case 'unavailable':
    case 'rate_limited':
    // It may have been refused before anybody looked at the client.
    case 'invalid_request':
      return 'no_answer';
    default:
      return 'accepted';
  }
}

/** Sent by `probe` in place of a refresh token: nobody's, and nothing that Google would ever make. */
export const NOBODYS_REFRESH_TOKEN = '1//this-asks-whether-the-client-is-accepted';

/** Port: Google's token and revocation endpoints. No method retries, and none throws for what Google does. */
export interface OAuthProvider {
  /** Sends the code, once (RFC 6749 section 4.1.3). */
  exchangeCode(client: ClientCredentials, exchange: CodeExchange): Promise<TokenOutcome>;
  /** Asks for an access token, once (RFC 6749 section 6). */
  refresh(client: ClientCredentials, request: RefreshRequest): Promise<TokenOutcome>;
  /**
   * Asks Google to end the grant of this refresh token, for every client of the project (RFC 7009).
   * `revoked` also when Google no longer knows the token.
   */
  revoke(refreshToken: Secret): Promise<'revoked' | 'no_answer'>;
  /**
   * Asks whether Google accepts this client id and secret, by a refresh of a token that nobody has.
   * RFC 6749 section 5.2 tells `invalid_client`, which failed to authenticate, from `invalid_grant`,
   * whose client did. Google's documentation does not confirm it for a token that it never made. It
   * is about no user and changes nothing.
   */
  probe(client: ClientCredentials): Promise<CredentialsVerdict>;
}
