import { describe, expect, it } from 'vitest';
import type { TokenVaultConnection } from '../../../src/client/connect.ts';
import { SettingsError } from '../../../src/client/settings-error.ts';
import { TokenVault } from '../../../src/client/token-vault.ts';

const connection: TokenVaultConnection = {
  exchangeCode: () => expect.unreachable('not called here'),
  getAccessToken: async ({ scopes }) => ({
    accessToken: 'token',
    tokenType: 'Bearer',
    expireTime: new Date(Date.now() + 3_600_000),
    scopes,
  }),
  batchGetAccessTokens: async ({ userIds, scopes }) => ({
    results: userIds.map((userId) => ({
      token: { accessToken: `token of ${userId}`, expireTime: new Date(Date.now() + 3_600_000) },
    })),
    tokenType: 'Bearer',
    scopes,
  }),
  revokeUser: async () => ({ providerRevocation: 1, effectiveTime: new Date() }),
  getUser: async () => ({ user: undefined }),
  reachability: () => 'connected',
  close: () => undefined,
};
const request = { userId: '1', scopes: ['openid'] };

describe('TokenVault', () => {
  it('says all that is wrong with its options', () => {
    const options = { connection, timeoutMs: Number.NaN, cachedTokens: -1 };
    expect(() => new TokenVault(options)).toThrow(
      new SettingsError([
        'timeoutMs must be a number from 0 on.',
        'cachedTokens must be a number from 0 on.',
      ]),
    );
  });

  it('says what is not set in the environment', () => {
    expect(() => new TokenVault()).toThrow('TOKENVAULT_ADDRESS is not set');
  });

  it('gives the tokens of many users one by one', async () => {
    const vault = new TokenVault({ connection });
    const found: string[] = [];
    for await (const { userId, token } of vault.accessTokens(['2', '1'], request)) {
      found.push(`${userId}: ${token?.accessToken}`);
    }
    expect(found).toEqual(['2: token of 2', '1: token of 1']);
  });

  it('hands out no token that it held once its user is revoked', async () => {
    const vault = new TokenVault({ connection });
    const before = await vault.getAccessToken(request);
    expect(await vault.getAccessToken(request)).toBe(before);
    await vault.revokeUser({ userId: '1' });
    expect(await vault.getAccessToken(request)).not.toBe(before);
  });

  it('holds no token that it could show once it is closed', async () => {
    const vault = new TokenVault({ connection });
    const before = await vault.getAccessToken(request);
    vault.close();
    expect(await vault.getAccessToken(request)).not.toBe(before);
  });
});
