import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { GetAccessTokenRequest } from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { getAccessTokenRpc } from '../../../src/grpc/get-access-token-rpc.ts';
import { EVERY_PRINTABLE_ASCII, refusedFields } from './violations.ts';

type Fields = Partial<GetAccessTokenRequest>;
const read = (fields: Fields) =>
  getAccessTokenRpc.readRequest(
    GetAccessTokenRequest.fromPartial({ userId: '1', scopes: ['openid'], ...fields }),
  );
const scopes = (count: number) => Array.from({ length: count }, (_, index) => `scope-${index}`);

describe('a GetAccessToken request', () => {
  it('needs a user and a scope alone', () => {
    expect(read({})).toEqual({
      userId: '1',
      oauthClient: 'default',
      scopes: ['openid'],
      minTtlMs: 60_000,
      rejectedTokenSha256: undefined,
    });
  });

  it('has its scopes in canonical form, sorted, each once', () => {
    const email = 'https://www.googleapis.com/auth/userinfo.email';
    expect(read({ scopes: ['openid', email, 'email', 'openid'] }).scopes).toEqual([
      email,
      'openid',
    ]);
  });

  it.each([
    [0, 0, 0],
    [0, 1, 1],
    [1, 500_000_000, 1_500],
    [1_800, 0, 1_800_000],
  ])('reads a min_ttl of %i s and %i ns as %i ms', (seconds, nanos, expected) => {
    expect(read({ minTtl: { seconds, nanos } }).minTtlMs).toBe(expected);
  });

  it('has the hash of a rejected token as hex digits', () => {
    const hash = Buffer.alloc(32, 0xab);
    expect(read({ rejectedTokenSha256: hash }).rejectedTokenSha256).toBe('ab'.repeat(32));
  });

  const accepted: [string, Fields][] = [
    ['a user of every printable character', { userId: EVERY_PRINTABLE_ASCII }],
    ['the longest user', { userId: '1'.repeat(255) }],
    ['a user named __proto__', { userId: '__proto__' }],
    ['50 scopes', { scopes: scopes(50) }],
    ['the longest scope', { scopes: ['s'.repeat(256)] }],
    ['a scope named __proto__', { scopes: ['__proto__', 'constructor'] }],
  ];
  it.each(accepted)('may hold %s', (_what, fields) => {
    expect(refusedFields(() => read(fields))).toEqual([]);
  });

  const refused: [string, string, Fields][] = [
    ['user_id', 'that is missing', { userId: '' }],
    ['user_id', 'that is too long', { userId: '1'.repeat(256) }],
    ['user_id', 'with a control character', { userId: '1\n' }],
    ['user_id', 'beyond ASCII', { userId: 'é' }],
    ['oauth_client', 'with a dot', { oauthClient: '..' }],
    ['scopes', 'list that is empty', { scopes: [] }],
    ['scopes', 'list that is too long, whatever it holds', { scopes: scopes(51).fill('') }],
    ['scopes[1]', 'that is empty', { scopes: ['openid', ''] }],
    ['scopes[0]', 'that is too long', { scopes: ['s'.repeat(257)] }],
    ['scopes[0]', 'with a space', { scopes: ['openid email'] }],
    ['scopes[0]', 'with a quote', { scopes: ['"openid"'] }],
    ['scopes[0]', 'with a backslash', { scopes: ['open\\id'] }],
    ['scopes[0]', 'beyond ASCII', { scopes: ['ópenid'] }],
    ['min_ttl', 'below 0', { minTtl: { seconds: -1, nanos: 0 } }],
    ['min_ttl', 'with negative nanoseconds', { minTtl: { seconds: 1, nanos: -1 } }],
    ['min_ttl', 'with too many nanoseconds', { minTtl: { seconds: 0, nanos: 1_000_000_000 } }],
    ['min_ttl', 'just above 30 min', { minTtl: { seconds: 1_800, nanos: 1 } }],
    ['min_ttl', 'of ages', { minTtl: { seconds: 315_576_000_000, nanos: 0 } }],
    ['rejected_token_sha256', 'of 31 bytes', { rejectedTokenSha256: Buffer.alloc(31) }],
    ['rejected_token_sha256', 'of 33 bytes', { rejectedTokenSha256: Buffer.alloc(33) }],
  ];
  it.each(refused)('may not hold a %s %s', (field, _what, fields) => {
    expect(refusedFields(() => read(fields))).toEqual([field]);
  });

  it('is told all that is wrong with it at once', () => {
    expect(refusedFields(() => read({ userId: '', scopes: ['', 'a b'] }))).toEqual([
      'user_id',
      'scopes[0]',
      'scopes[1]',
    ]);
  });
});

describe('a GetAccessToken response', () => {
  it('carries the token, its type, its end and its scopes', () => {
    const written = getAccessTokenRpc.writeReply({
      accessToken: new Secret('token'),
      generation: 1,
      expireTime: 1_700_000_000_123,
      scopes: ['openid'],
    });
    expect(written).toEqual({
      accessToken: 'token',
      tokenType: 'Bearer',
      expireTime: new Date(1_700_000_000_123),
      scopes: ['openid'],
    });
  });
});
