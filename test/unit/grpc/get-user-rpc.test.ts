import { describe, expect, it } from 'vitest';
import { GetUserRequest } from '../../../src/client/messages.ts';
import * as wire from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { getUserRpc } from '../../../src/grpc/get-user-rpc.ts';
import { refusedFields } from './violations.ts';

describe('a GetUser request', () => {
  const read = (fields: Partial<GetUserRequest>) =>
    getUserRpc.readRequest(GetUserRequest.fromPartial(fields));

  it('names a user in one of two ways', () => {
    expect(read({ userId: '1' })).toEqual({ userId: '1' });
    expect(read({ externalUserId: 'Jörg #17' })).toEqual({ externalUserId: 'Jörg #17' });
  });

  it.each<[Partial<GetUserRequest>, string]>([
    [{}, 'user_id'],
    [{ userId: '1', externalUserId: 'x' }, 'user_id'],
    [{ userId: 'ü' }, 'user_id'],
    [{ externalUserId: 'x'.repeat(256) }, 'external_user_id'],
    [{ externalUserId: 'a\u0000' }, 'external_user_id'],
  ])('refuses %j for %s', (fields, field) => {
    expect(refusedFields(() => read(fields))).toEqual([field]);
  });
});

describe('a GetUser response', () => {
  it('leaves empty what is not known', () => {
    const user = {
      userId: '1',
      generation: 1,
      state: 'revoking',
      grants: [],
      updateTime: 1_000,
    } as const;
    expect(getUserRpc.writeReply(user)).toEqual({
      user: {
        userId: '1',
        externalUserId: '',
        hostedDomain: '',
        state: wire.UserState.USER_STATE_REVOKING,
        grants: [],
        revokeTime: undefined,
        providerRevocation: wire.ProviderRevocation.PROVIDER_REVOCATION_UNSPECIFIED,
        updateTime: new Date(1_000),
      },
    });
  });

  it('tells everything but tokens', () => {
    const written = getUserRpc.writeReply({
      userId: '1',
      externalUserId: 'x',
      hostedDomain: 'example.com',
      generation: 1,
      state: 'active',
      grants: [
        { oauthClient: 'web', scopes: ['openid'], state: 'live', createTime: 1, expireTime: 2 },
        {
          oauthClient: 'web',
          scopes: ['a', 'b'],
          state: 'dead',
          cause: 'revokedAtGoogle',
          createTime: 3,
        },
      ],
      revokeTime: 4,
      providerRevocation: 'confirmed',
      updateTime: 5,
    });
    expect(written.user).toEqual({
      userId: '1',
      externalUserId: 'x',
      hostedDomain: 'example.com',
      state: wire.UserState.USER_STATE_ACTIVE,
      grants: [
        {
          oauthClient: 'web',
          scopes: ['openid'],
          state: wire.GrantState.GRANT_STATE_LIVE,
          cause: '',
          createTime: new Date(1),
          expireTime: new Date(2),
        },
        {
          oauthClient: 'web',
          scopes: ['a', 'b'],
          state: wire.GrantState.GRANT_STATE_DEAD,
          cause: 'revokedAtGoogle',
          createTime: new Date(3),
          expireTime: undefined,
        },
      ],
      revokeTime: new Date(4),
      providerRevocation: wire.ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED,
      updateTime: new Date(5),
    });
  });
});
