import type { CallContext } from '../../../src/domain/caller.ts';
import type { ExchangeResponse } from '../../../src/domain/exchange-record.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type {
  BatchGetAccessTokensRequest,
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  GetUserRequest,
  ImportedGrant,
  ImportGrantRequest,
  IssuedToken,
  ListUsersRequest,
  RevokeUserRequest,
  RevokeUserResponse,
  TokenBatch,
  TokenVault,
  UserPage,
  UserView,
} from '../../../src/service/token-vault.ts';

export const EXCHANGED: ExchangeResponse = {
  userId: '110169484474386276334',
  profile: { email: 'user@example.com', emailVerified: true, name: 'A User' },
  grantedScopes: ['https://www.googleapis.com/auth/userinfo.email', 'openid'],
  refreshTokenKept: false,
  generation: 4,
};

export const ISSUED: IssuedToken = {
  accessToken: new Secret('issued-access-token'),
  generation: 4,
  expireTime: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  scopes: ['https://www.googleapis.com/auth/drive.appdata'],
};

export const REVOKED: RevokeUserResponse = {
  generation: 5,
  providerRevocation: 'confirmed',
  effectiveTime: Date.UTC(2026, 0, 2),
};

export const USER: UserView = {
  userId: '110169484474386276334',
  generation: 4,
  state: 'active',
  grants: [],
  updateTime: Date.UTC(2026, 0, 1),
};

export const PAGE: UserPage = { users: [USER], partsDone: 4_096, partsTotal: 4_096, unreadable: 0 };

export const IMPORTED: ImportedGrant = {
  generation: 1,
  scopes: ['openid'],
  alreadyImported: false,
};

/** The use cases as a transport sees them: remember what was asked, answer what the test says. */
export class HandWrittenTokenVault implements TokenVault {
  readonly requests: unknown[] = [];
  readonly contexts: CallContext[] = [];
  onExchangeCode: () => Promise<ExchangeResponse> = async () => EXCHANGED;
  onGetAccessToken: () => IssuedToken | Promise<IssuedToken> = () => ISSUED;
  onBatchGetAccessTokens: (
    request: BatchGetAccessTokensRequest,
  ) => TokenBatch | Promise<TokenBatch> = ({ userIds, scopes }) => ({
    results: userIds.map(() => ISSUED),
    scopes,
  });
  onRevokeUser: () => Promise<RevokeUserResponse> = async () => REVOKED;
  onGetUser: () => Promise<UserView> = async () => USER;
  onListUsers: (request: ListUsersRequest) => Promise<UserPage> = async () => PAGE;
  onImportGrant: (request: ImportGrantRequest) => Promise<ImportedGrant> = async () => IMPORTED;

  exchangeCode(request: ExchangeCodeRequest, context: CallContext): Promise<ExchangeResponse> {
    this.#note(request, context);
    return this.onExchangeCode();
  }

  getAccessToken(
    request: GetAccessTokenRequest,
    context: CallContext,
  ): IssuedToken | Promise<IssuedToken> {
    this.#note(request, context);
    return this.onGetAccessToken();
  }

  batchGetAccessTokens(
    request: BatchGetAccessTokensRequest,
    context: CallContext,
  ): TokenBatch | Promise<TokenBatch> {
    this.#note(request, context);
    return this.onBatchGetAccessTokens(request);
  }

  revokeUser(request: RevokeUserRequest, context: CallContext): Promise<RevokeUserResponse> {
    this.#note(request, context);
    return this.onRevokeUser();
  }

  getUser(request: GetUserRequest, context: CallContext): Promise<UserView> {
    this.#note(request, context);
    return this.onGetUser();
  }

  listUsers(request: ListUsersRequest, context: CallContext): Promise<UserPage> {
    this.#note(request, context);
    return this.onListUsers(request);
  }

  importGrant(request: ImportGrantRequest, context: CallContext): Promise<ImportedGrant> {
    this.#note(request, context);
    return this.onImportGrant(request);
  }

  #note(request: unknown, context: CallContext): void {
    this.requests.push(request);
    this.contexts.push(context);
  }
}
