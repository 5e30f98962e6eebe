import { describe, expect, it } from 'vitest';
import { MapStore } from '../../../../src/dev/google/map-store.ts';

const newStore = () => new MapStore((reason) => new Error(reason));

describe('the store behind oidc-provider', () => {
  it('lets a code be consumed once, also by those who found it unconsumed', async () => {
    const codes = newStore().adapter('AuthorizationCode');
    await codes.upsert('code', { grantId: 'grant' });
    await codes.consume('code');
    await expect(codes.consume('code')).rejects.toThrow('already consumed');
    expect(await codes.find('code')).toMatchObject({ consumed: expect.any(Number) });
  });

  it('forgets a refresh token that was replaced, and lets it be replaced once', async () => {
    const tokens = newStore().adapter('RefreshToken');
    await tokens.upsert('token', { grantId: 'grant' });
    await tokens.consume('token');
    expect(await tokens.find('token')).toBeUndefined();
    await expect(tokens.consume('token')).rejects.toThrow('not found');
  });

  it('forgets what belongs to a grant', async () => {
    const store = newStore();
    const tokens = store.adapter('AccessToken');
    await tokens.upsert('mine', { grantId: 'grant' });
    await tokens.upsert('another', { grantId: 'another' });
    await tokens.revokeByGrantId('grant');
    expect(await tokens.find('mine')).toBeUndefined();
    expect(await tokens.find('another')).toBeDefined();
  });

  it('forgets what belongs to a user, of every kind, and nobody else’s', async () => {
    const store = newStore();
    const kinds = ['Grant', 'AuthorizationCode', 'AccessToken', 'RefreshToken'];
    for (const kind of kinds) {
      await store.adapter(kind).upsert('hers', { accountId: 'her' });
      await store.adapter(kind).upsert('his', { accountId: 'him' });
    }
    store.forgetUser('her');
    for (const kind of kinds) {
      expect(await store.adapter(kind).find('hers')).toBeUndefined();
      expect(await store.adapter(kind).find('his')).toBeDefined();
    }
  });

  it('keeps more entries than the memory of oidc-provider would', async () => {
    const tokens = newStore().adapter('RefreshToken');
    for (let i = 0; i < 2_000; i++) await tokens.upsert(`token-${i}`, {});
    expect(await tokens.find('token-0')).toBeDefined();
  });
});
