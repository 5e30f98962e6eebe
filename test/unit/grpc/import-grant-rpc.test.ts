import { describe, expect, it } from 'vitest';
import { ImportGrantRequest } from '../../../src/gen/tokenvault/admin/v1/token_vault_admin.ts';
import { importGrantRpc } from '../../../src/grpc/import-grant-rpc.ts';
import { refusedFields } from './violations.ts';

type Fields = Partial<ImportGrantRequest>;
const GOOD = { userId: '1', refreshToken: '1//token', scopes: ['openid'] };
const read = (fields: Fields) =>
  importGrantRpc.readRequest(ImportGrantRequest.fromPartial({ ...GOOD, ...fields }));

describe('an ImportGrant request', () => {
  it('takes over every field, the token as a secret and the scopes in their long form', () => {
    const consentTime = new Date('2020-01-01T00:00:00Z');
    const request = read({
      oauthClient: 'web',
      externalUserId: 'x',
      consentTime,
      scopes: ['email'],
    });
    expect(request).toMatchObject({
      userId: '1',
      oauthClient: 'web',
      scopes: ['https://www.googleapis.com/auth/userinfo.email'],
      externalUserId: 'x',
      verify: false,
      consentTime: consentTime.getTime(),
    });
    expect(request.refreshToken.reveal()).toBe('1//token');
    expect(JSON.stringify(request)).not.toContain('1//token');
  });

  it('means the client `default` where it names none', () => {
    expect(read({}).oauthClient).toBe('default');
  });

  it('needs scopes unless Google is asked', () => {
    expect(refusedFields(() => read({ scopes: [] }))).toEqual(['scopes']);
    expect(read({ scopes: [], verify: true }).scopes).toEqual([]);
  });

  it.each<[Fields, string]>([
    [{ userId: '' }, 'user_id'],
    [{ refreshToken: '' }, 'refresh_token'],
    [{ refreshToken: 'a b' }, 'refresh_token'],
    [{ refreshToken: 't'.repeat(2_049) }, 'refresh_token'],
    [{ oauthClient: 'UPPER' }, 'oauth_client'],
    [{ scopes: Array.from({ length: 51 }, () => 'a') }, 'scopes'],
    [{ externalUserId: 'x'.repeat(256) }, 'external_user_id'],
    [{ consentTime: new Date(0) }, 'consent_time'],
  ])('with %j is refused', (fields, field) => {
    expect(refusedFields(() => read(fields))).toEqual([field]);
  });
});
