/**
 * The messages that calls take and give. Requests are made with `fromPartial`, so that a field that a
 * later version adds breaks no caller.
 */
export {
  type AccessTokenResult,
  BatchGetAccessTokensRequest,
  type BatchGetAccessTokensResponse,
  CodeSource,
  ExchangeCodeRequest,
  type ExchangeCodeResponse,
  GetAccessTokenRequest,
  type GetAccessTokenResponse,
  GetUserRequest,
  type GetUserResponse,
  type Grant,
  GrantState,
  type Profile,
  ProviderRevocation,
  RevokeUserRequest,
  type RevokeUserResponse,
  type User,
  UserState,
} from '../gen/tokenvault/v1/token_vault.ts';
