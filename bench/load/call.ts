import {
  BatchGetAccessTokensRequest,
  GetAccessTokenRequest,
} from '../../src/gen/tokenvault/v1/token_vault.ts';

export const GET_ACCESS_TOKEN_PATH = '/tokenvault.v1.TokenVault/GetAccessToken';
export const BATCH_PATH = '/tokenvault.v1.TokenVault/BatchGetAccessTokens';

/** The one scope that is asked for. */
export const DRIVE = 'https://www.googleapis.com/auth/drive.appdata';

/** The request as internal services send it: a user and the scope that the work needs. */
export function tokenRequest(userId: string): Uint8Array {
  return GetAccessTokenRequest.encode(
    GetAccessTokenRequest.fromPartial({ userId, scopes: [DRIVE] }),
  ).finish();
}

/** The same for many users at once. */
export function batchRequest(userIds: readonly string[]): Uint8Array {
  return BatchGetAccessTokensRequest.encode(
    BatchGetAccessTokensRequest.fromPartial({ userIds: [...userIds], scopes: [DRIVE] }),
  ).finish();
}

/** User number `index`, as long as Google's ids are: 21 digits. */
export function benchUser(index: number): string {
  return `1${String(index).padStart(20, '0')}`;
}
