import { createHash } from 'node:crypto';
import type { Clock } from '../../../src/domain/clock.ts';
import {
  type ClientCredentials,
  type CodeExchange,
  NOBODYS_REFRESH_TOKEN,
  type RefreshRequest,
  type RefusalCause,
  type TokenOutcome,
} from '../../../src/domain/oauth-provider.ts';
import type { Profile } from '../../../src/domain/profile.ts';
import { canonicalScopes, missingScopes } from '../../../src/domain/scopes.ts';
import { Secret } from '../../../src/domain/secret.ts';

export interface FakeClient {
  readonly clientId: string;
  /** All of them are accepted. */
  readonly clientSecrets: readonly string[];
  readonly state?: 'enabled' | 'disabled';
}

export interface FakeCode {
  readonly sub: string;
  readonly clientId: string;
  /** Default: openid, email, profile. */
  readonly scopes?: readonly string[];
  /** The redirect URI that the code was made for. Default: empty, as for mobile apps. */
  readonly redirectUri?: string;
  readonly nonce?: string;
  /** The verifier whose S256 challenge the code carries. */
  readonly codeVerifier?: string;
  /** Default: only the first exchange of a user for a client yields a refresh token. */
  readonly refreshToken?: boolean;
  /** Default: ten minutes. */
  readonly ttlMs?: number;
  /** Default: a verified e-mail address made from `sub`. */
  readonly profile?: Profile;
}

export interface IssuedTo {
  readonly sub: string;
  readonly clientId: string;
  /** Canonical. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface IdClaims {
  readonly sub: string;
  readonly aud: string;
  readonly nonce?: string;
  readonly profile: Profile;
}

const refused = (cause: RefusalCause): TokenOutcome => ({ kind: 'refused', cause });

/**
 * One Google Cloud project with its OAuth clients and users, as a state machine without I/O. It
 * does what Google documents; where Google says nothing it takes the harder case for us.
 */
export class GoogleProject {
  accessTokenLifeMs = 3_599_000;
  /** Set: refresh tokens end after this time, and Google says so. */
  refreshTokenLifeMs: number | undefined;
  /** On: each refresh hands out a new refresh token and ends the old one. */
  rotating = false;

  readonly #clock: Clock;
  readonly #clients = new Map<string, FakeClient>();
  readonly #codes = new Map<string, FakeCode & { expiresAt: number; used: boolean }>();
  readonly #refreshTokens = new Map<string, IssuedTo>();
  readonly #accessTokens = new Map<string, IssuedTo>();
  readonly #idTokens = new Map<string, IdClaims>();
  readonly #consents = new Map<string, Set<string>>();
  #serial = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a client, or replaces the one with this id: that is how secrets rotate. */
  setClient(client: FakeClient): void {
    this.#clients.set(client.clientId, client);
  }

  mintCode(code: FakeCode): Secret {
    const value = `4/0fake-code-${this.#next()}`;
    const expiresAt = this.#clock.now() + (code.ttlMs ?? 600_000);
    this.#codes.set(value, { ...code, expiresAt, used: false });
    return new Secret(value);
  }

  exchange(client: ClientCredentials, request: CodeExchange): TokenOutcome {
    const rejected = this.#authenticate(client);
    if (rejected !== undefined) return rejected;
    const code = this.#codes.get(request.code.reveal());
    if (code === undefined || code.used) return refused('invalid_grant');
    if (code.expiresAt <= this.#clock.now()) return refused('invalid_grant');
    if (code.clientId !== client.clientId) return refused('unauthorized_client');
    if ((code.redirectUri ?? '') !== request.redirectUri) return refused('redirect_uri_mismatch');
    if (!verifies(code.codeVerifier, request.codeVerifier)) return refused('invalid_grant');
    code.used = true;
    const scopes = canonicalScopes(code.scopes ?? ['openid', 'email', 'profile']);
    const withRefreshToken = code.refreshToken ?? !this.#hasConsented(code.sub, code.clientId);
    this.#consents.set(code.sub, (this.#consents.get(code.sub) ?? new Set()).add(client.clientId));
    const user = { sub: code.sub, clientId: client.clientId };
    return {
      ...this.#accessToken(user, scopes),
      ...(withRefreshToken ? this.#refreshToken(user, scopes) : {}),
      ...(scopes.includes('openid') ? { idToken: this.#idToken(code) } : {}),
    };
  }

  refresh(client: ClientCredentials, request: RefreshRequest): TokenOutcome {
    const rejected = this.#authenticate(client);
    if (rejected !== undefined) return rejected;
    const sent = request.refreshToken.reveal();
    const held = this.#refreshTokens.get(sent);
    if (held === undefined || held.expiresAt <= this.#clock.now()) return refused('invalid_grant');
    if (held.clientId !== client.clientId) return refused('unauthorized_client');
    const scopes = canonicalScopes(request.scopes ?? held.scopes);
    if (missingScopes(scopes, held.scopes).length > 0) return refused('invalid_scope');
    const answer = this.#accessToken(held, scopes);
    if (!this.rotating) return answer;
    this.#refreshTokens.delete(sent);
    return { ...answer, ...this.#refreshToken(held, held.scopes) };
  }

  /** A refresh like any other, of a token that nobody has. */
  probe(client: ClientCredentials): TokenOutcome {
    return this.refresh(client, { refreshToken: new Secret(NOBODYS_REFRESH_TOKEN) });
  }

  /** Ends the user's whole grant, for all clients, also for one of whose tokens `token` is one. */
  revoke(token: Secret): void {
    const held = this.#refreshTokens.get(token.reveal()) ?? this.#accessTokens.get(token.reveal());
    if (held !== undefined) this.revokeUser(held.sub);
  }

  /** What the user does at myaccount.google.com: all tokens die, the next consent is a first one. */
  revokeUser(sub: string): void {
    for (const tokens of [this.#refreshTokens, this.#accessTokens]) {
      for (const [token, owner] of tokens) if (owner.sub === sub) tokens.delete(token);
    }
    this.#consents.delete(sub);
  }

  /** Whose access token it is; undefined when Google would answer 401 to it. */
  accessTokenOwner(token: Secret): IssuedTo | undefined {
    const owner = this.#accessTokens.get(token.reveal());
    return owner !== undefined && owner.expiresAt > this.#clock.now() ? owner : undefined;
  }

  refreshTokenOwner(token: Secret): IssuedTo | undefined {
    return this.#refreshTokens.get(token.reveal());
  }

  /** The live refresh tokens of a user, oldest first. */
  refreshTokensOf(sub: string): readonly Secret[] {
    const owned = [...this.#refreshTokens].filter(([, owner]) => owner.sub === sub);
    return owned.map(([token]) => new Secret(token));
  }

  idTokenClaims(token: Secret): IdClaims | undefined {
    return this.#idTokens.get(token.reveal());
  }

  #authenticate(client: ClientCredentials): TokenOutcome | undefined {
    const known = this.#clients.get(client.clientId);
    if (known?.state === 'disabled') return refused('client_disabled');
    const accepted = known?.clientSecrets.includes(client.clientSecret.reveal()) ?? false;
    return accepted ? undefined : refused('invalid_client');
  }

  #hasConsented(sub: string, clientId: string): boolean {
    return this.#consents.get(sub)?.has(clientId) ?? false;
  }

  #accessToken(user: { sub: string; clientId: string }, scopes: readonly string[]) {
    const accessToken = new Secret(`ya29.fake-access-${this.#next()}`);
    const expiresAt = this.#clock.now() + this.accessTokenLifeMs;
    const { sub, clientId } = user;
    this.#accessTokens.set(accessToken.reveal(), { sub, clientId, scopes, expiresAt });
    return { kind: 'tokens', accessToken, expiresInMs: this.accessTokenLifeMs, scopes } as const;
  }

  #refreshToken(user: { sub: string; clientId: string }, scopes: readonly string[]) {
    const refreshToken = new Secret(`1//fake-refresh-${this.#next()}`);
    const life = this.refreshTokenLifeMs;
    const expiresAt = this.#clock.now() + (life ?? Number.POSITIVE_INFINITY);
    const { sub, clientId } = user;
    this.#refreshTokens.set(refreshToken.reveal(), { sub, clientId, scopes, expiresAt });
    return { refreshToken, ...(life === undefined ? {} : { refreshTokenExpiresInMs: life }) };
  }

  #idToken(code: FakeCode): Secret {
    const token = new Secret(`fake.id-token.${this.#next()}`);
    const profile = code.profile ?? { email: `${code.sub}@example.com`, emailVerified: true };
    const nonce = code.nonce === undefined ? {} : { nonce: code.nonce };
    this.#idTokens.set(token.reveal(), { sub: code.sub, aud: code.clientId, profile, ...nonce });
    return token;
  }

  #next(): string {
    this.#serial += 1;
    return String(this.#serial).padStart(4, '0');
  }
}

/** RFC 7636 section 4.6: no verifier may come unasked, and the one asked for must match. */
function verifies(expected: string | undefined, got: Secret | undefined): boolean {
  const challenge = (verifier: string | undefined) =>
    verifier === undefined ? '' : createHash('sha256').update(verifier).digest('base64url');
  return challenge(expected) === challenge(got?.reveal());
}
