/**
 * The messages that calls take and give. Requests, and answers of a stand-in, are made with
 * `fromPartial`, so that a field that a later version adds breaks nobody.
 */
export {
  AccessTokenResult,
  BatchGetAccessTokensRequest,
  BatchGetAccessTokensResponse,
  CodeSource,
  ExchangeCodeRequest,
  ExchangeCodeResponse,
  GetAccessTokenRequest,
  GetAccessTokenResponse,
  GetUserRequest,
  GetUserResponse,
  Grant,
  GrantState,
  Profile,
  ProviderRevocation,
  RevokeUserRequest,
  RevokeUserResponse,
  User,
  UserState,
} from '../gen/tokenvault/v1/token_vault.ts';
