import { describe, expect, it } from 'vitest';
import { userCodec } from '../../../src/vault/user-codec.ts';

/** As the first release wrote it. What is stored outlives the code. */
const grant = {
  client_id: 'client.apps.example',
  refresh_token: 'refresh-token',
  scopes: ['openid'],
  obtained_at: 1_790_000_000_000,
  expires_at: 1_790_000_600_000,
  state: 'dead',
  cause: 'revokedAtGoogle',
};
const user = {
  user_id: '100000000000000000001',
  external_user_id: 'crm-42',
  hosted_domain: 'example.com',
  generation: 7,
  state: 'active',
  consented_at: 1_790_000_000_000,
  revoke_time: 1_780_000_000_000,
  revoked_position: 12,
  provider_revocation: 'confirmed',
  to_revoke: ['late-token'],
  grants: { default: [grant] },
};
const minimal = { user_id: 'u', generation: 1, state: 'revoking', to_revoke: [], grants: {} };

describe('userCodec', () => {
  it.each([
    ['every field', user],
    ['only what must be there', minimal],
  ])('reads and writes a record with %s as it always was', (_name, content) => {
    const record = userCodec.decode(content);
    if (record === undefined) throw new Error('not read');
    expect(JSON.parse(JSON.stringify(userCodec.encode(record)))).toEqual(content);
  });

  it.each([
    ['a field that it does not know', { ...minimal, added_later: true }],
    [
      'a grant with a field that it does not know',
      { ...user, grants: { a: [{ ...grant, x: 1 }] } },
    ],
    ['a state that it does not know', { ...minimal, state: 'paused' }],
    ['no user', { ...minimal, user_id: undefined }],
    ['an empty refresh token', { ...user, grants: { a: [{ ...grant, refresh_token: '' }] } }],
    ['a generation that is no whole number', { ...minimal, generation: 1.5 }],
    ['grants of the wrong shape', { ...minimal, grants: [grant] }],
    ['nothing', undefined],
  ])('does not read %s', (_name, content) => {
    expect(userCodec.decode(content)).toBeUndefined();
  });

  it('prints no token of what it read', () => {
    const record = userCodec.decode(user);
    expect(JSON.stringify([...(record?.grants.values() ?? [])])).not.toContain('refresh-token');
    expect(JSON.stringify(record)).not.toContain('late-token');
  });
});
