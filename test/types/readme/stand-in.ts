import {
  GetAccessTokenResponse,
  TokenVault,
  type TokenVaultCalls,
  TokenVaultError,
} from 'tokenvault-client';

/** A TokenVault for unit tests, in which these users are connected. */
export function standIn(connected: readonly string[]): TokenVault {
  const notNeeded = async (): Promise<never> => {
    throw new TokenVaultError({ code: 'UNIMPLEMENTED' });
  };
  const connection: TokenVaultCalls = {
    getAccessToken: async ({ userId, scopes }) => {
      if (!connected.includes(userId)) {
        throw new TokenVaultError({ code: 'NOT_FOUND', reason: 'USER_NOT_CONNECTED' });
      }
      const expireTime = new Date(Date.now() + 3_600_000);
      return GetAccessTokenResponse.fromPartial({ accessToken: 'a token', expireTime, scopes });
    },
    batchGetAccessTokens: notNeeded,
    exchangeCode: notNeeded,
    getUser: notNeeded,
    revokeUser: notNeeded,
    close: () => undefined,
  };
  return new TokenVault({ connection });
}
