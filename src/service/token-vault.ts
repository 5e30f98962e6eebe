import type { CallContext } from '../domain/caller.ts';
import type { ExchangeResponse } from '../domain/exchange-record.ts';
import type { Failure } from '../domain/failure.ts';
import type { DeathCause } from '../domain/grant.ts';
import type { CodeSource } from '../domain/oauth-client.ts';
import type { Secret } from '../domain/secret.ts';
import type { ProviderRevocation, UserState } from '../domain/user-record.ts';

/**
 * The use cases, free of any transport. Requests hold fields that are decoded and within their
 * limits; times are milliseconds since the epoch. Every method throws Failure alone.
 */
export interface TokenVault {
  exchangeCode(request: ExchangeCodeRequest, context: CallContext): Promise<ExchangeResponse>;
  /** Answers at once, without a promise, where a cached token will do. */
  getAccessToken(
    request: GetAccessTokenRequest,
    context: CallContext,
  ): IssuedToken | Promise<IssuedToken>;
  /** Answers at once, without a promise, where cached tokens will do for all. */
  batchGetAccessTokens(
    request: BatchGetAccessTokensRequest,
    context: CallContext,
  ): TokenBatch | Promise<TokenBatch>;
  revokeUser(request: RevokeUserRequest, context: CallContext): Promise<RevokeUserResponse>;
  getUser(request: GetUserRequest, context: CallContext): Promise<UserView>;
  listUsers(request: ListUsersRequest, context: CallContext): Promise<UserPage>;
  importGrant(request: ImportGrantRequest, context: CallContext): Promise<ImportedGrant>;
}

export interface ExchangeCodeRequest {
  readonly code: Secret;
  readonly oauthClient: string;
  /** Undefined takes the client's default. */
  readonly codeSource?: CodeSource;
  /** Empty where the caller named none. */
  readonly redirectUri: string;
  readonly codeVerifier?: Secret;
  readonly nonce?: string;
  readonly expectedUserId?: string;
  readonly externalUserId?: string;
  /** Only with `externalUserId`. */
  readonly rebindExternalUser?: boolean;
}

export interface GetAccessTokenRequest {
  readonly userId: string;
  readonly oauthClient: string;
  /** Canonical, at least one. */
  readonly scopes: readonly string[];
  readonly minTtlMs: number;
  /** SHA-256 of a token that Google answered 401 to, 64 lower-case hex digits. */
  readonly rejectedTokenSha256?: string;
}

export interface IssuedToken {
  readonly accessToken: Secret;
  /** Of the user's record that it comes from. */
  readonly generation: number;
  /** Wall clock, milliseconds since the epoch. */
  readonly expireTime: number;
  /** Canonical. */
  readonly scopes: readonly string[];
}

export interface BatchGetAccessTokensRequest {
  /** 1 to 100. */
  readonly userIds: readonly string[];
  readonly oauthClient: string;
  /** Canonical, at least one. */
  readonly scopes: readonly string[];
  readonly minTtlMs: number;
}

export interface TokenBatch {
  /** Of each user that was asked for, in their order: a token, or why there is none. */
  readonly results: readonly (IssuedToken | Failure)[];
  /** Of every token. Canonical. */
  readonly scopes: readonly string[];
}

export interface RevokeUserRequest {
  readonly userId: string;
  /** The caller's own words, for the log. */
  readonly reason: string;
  readonly grantedBefore?: number;
}

export interface RevokeUserResponse {
  /** Of the user's record that says so. */
  readonly generation: number;
  readonly providerRevocation: ProviderRevocation;
  /** From this instant on no call gets a token of an earlier consent. */
  readonly effectiveTime: number;
}

export type GetUserRequest = { readonly userId: string } | { readonly externalUserId: string };

export interface UserView {
  readonly userId: string;
  readonly externalUserId?: string;
  readonly hostedDomain?: string;
  readonly generation: number;
  readonly state: UserState;
  readonly grants: readonly GrantView[];
  readonly revokeTime?: number;
  readonly providerRevocation?: ProviderRevocation;
  readonly updateTime: number;
}

/** One stored refresh token, without the token. */
export interface GrantView {
  readonly oauthClient: string;
  readonly scopes: readonly string[];
  readonly state: 'live' | 'dead';
  readonly cause?: DeathCause;
  readonly createTime: number;
  readonly expireTime?: number;
}

export interface UsersFilter {
  /** `dead`: active, without a grant that lives. */
  readonly state?: UserState | 'dead';
  /** Only users with grants for this client, which alone count for `state`. */
  readonly oauthClient?: string;
}

export interface ListUsersRequest {
  /** 1 to 500. */
  readonly pageSize: number;
  /** Undefined for the first page. */
  readonly pageToken?: string;
  readonly filter: UsersFilter;
}

export interface UserPage {
  readonly users: readonly UserView[];
  /** Undefined where it is the last one. */
  readonly nextPageToken?: string;
  readonly partsDone: number;
  readonly partsTotal: number;
  /** Records on the way that could not be read. */
  readonly unreadable: number;
}

export interface ImportGrantRequest {
  readonly userId: string;
  readonly oauthClient: string;
  readonly refreshToken: Secret;
  /** Canonical; may be none where Google is asked. */
  readonly scopes: readonly string[];
  readonly externalUserId?: string;
  /** Whether the token has to be proved by a refresh. */
  readonly verify: boolean;
  /** When the user consented, where that is known. */
  readonly consentTime?: number;
}

export interface ImportedGrant {
  /** Of the user's record. */
  readonly generation: number;
  /** Canonical. */
  readonly scopes: readonly string[];
  readonly alreadyImported: boolean;
  /** Whether the name led to another account before, whose user was revoked. */
  readonly rebound?: boolean;
  /** When the grant itself ends, where Google said so. */
  readonly expireTime?: number;
}
