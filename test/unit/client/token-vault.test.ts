import { describe, expect, it } from 'vitest';
import serviceConfig from '../../../proto/tokenvault/v1/service_config.json' with { type: 'json' };
import { SettingsError } from '../../../src/client/settings-error.ts';
import {
  TokenVault,
  type TokenVaultCalls,
  type TokenVaultOptions,
} from '../../../src/client/token-vault.ts';
import { TokenVaultError } from '../../../src/client/token-vault-error.ts';

const connection: TokenVaultCalls = {
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
  close: () => undefined,
};
const request = { userId: '1', scopes: ['openid'] };

function problemsOf(options: TokenVaultOptions): readonly string[] {
  try {
    new TokenVault(options).close();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('TokenVault', () => {
  it('says all that is wrong with its options', () => {
    const options = { connection, timeoutMs: 60_001, cachedTokens: 10.5, recheckMs: Number.NaN };
    expect(problemsOf(options)).toEqual([
      'timeoutMs must be a whole number from 1 to 60000.',
      'cachedTokens must be a whole number from 0 on.',
      'recheckMs must be a whole number from 0 on.',
    ]);
  });

  it('says all that is wrong with its settings beside it, and names them as they were given', () => {
    const files = { caFile: '/none', certFile: '/none', keyFile: '/none' };
    const problems = problemsOf({ timeoutMs: 0, settings: { address: '127.0.0.1:1', ...files } });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'timeoutMs',
      'settings.address',
      'settings.caFile',
      'settings.certFile',
      'settings.keyFile',
    ]);
    expect(problems.join()).not.toContain('TOKENVAULT_');
  });

  it('gives each call the time that service_config.json gives it, where nothing else is said', async () => {
    const asked = new Map<string, number>();
    const noted =
      (name: string) =>
      async (_: unknown, { timeoutMs }: { timeoutMs: number }) => {
        asked.set(name, timeoutMs);
        throw new TokenVaultError({ code: 'UNAVAILABLE' });
      };
    const calls = {
      ...connection,
      exchangeCode: noted('ExchangeCode'),
      getAccessToken: noted('GetAccessToken'),
      revokeUser: noted('RevokeUser'),
      getUser: noted('GetUser'),
      batchGetAccessTokens: (_: unknown, { timeoutMs }: { timeoutMs: number }) => {
        asked.set('BatchGetAccessTokens', timeoutMs);
        throw new TokenVaultError({ code: 'UNAUTHENTICATED' });
      },
    };
    const callAll = async (vault: TokenVault) => {
      await Promise.allSettled([
        vault.exchangeCode({ code: 'c' }),
        vault.getAccessToken(request),
        vault.revokeUser({ userId: '1' }),
        vault.getUser({ userId: '1' }),
        vault.accessTokens(['1'], request).next(),
      ]);
      return Object.fromEntries(asked);
    };
    const documented = serviceConfig.methodConfig.map(({ name: [name], timeout }) => [
      name?.method,
      Number.parseInt(timeout, 10) * 1_000,
    ]);
    expect(await callAll(new TokenVault({ connection: calls }))).toEqual(
      Object.fromEntries(documented),
    );
    expect(await callAll(new TokenVault({ connection: calls, timeoutMs: 1 }))).toMatchObject({
      ExchangeCode: 1,
      GetAccessToken: 1,
    });
  });

  it('has a token replaced that Google refused in a call of one’s own', async () => {
    const reports: number[] = [];
    const vault = new TokenVault({
      connection: {
        ...connection,
        getAccessToken: (question, options) => {
          reports.push(question.rejectedTokenSha256?.length ?? 0);
          return connection.getAccessToken(question, options);
        },
      },
    });
    const { accessToken: rejectedToken } = await vault.getAccessToken(request);
    await vault.getAccessToken({ ...request, rejectedToken });
    expect(reports).toEqual([0, 32]);
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
