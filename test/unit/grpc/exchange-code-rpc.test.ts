import { describe, expect, it } from 'vitest';
import { CodeSource, ExchangeCodeRequest } from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { exchangeCodeRpc } from '../../../src/grpc/exchange-code-rpc.ts';
import { EVERY_PRINTABLE_ASCII, refusedFields } from './violations.ts';

type Fields = Partial<ExchangeCodeRequest>;
const read = (fields: Fields) =>
  exchangeCodeRpc.readRequest(ExchangeCodeRequest.fromPartial({ code: '4/code', ...fields }));

describe('an ExchangeCode request', () => {
  it('needs a code alone', () => {
    expect(read({})).toEqual({
      code: expect.objectContaining({}),
      oauthClient: 'default',
      codeSource: undefined,
      redirectUri: '',
      codeVerifier: undefined,
      nonce: undefined,
      expectedUserId: undefined,
      externalUserId: undefined,
      rebindExternalUser: false,
    });
    expect(read({}).code.reveal()).toBe('4/code');
  });

  it('takes over every field', () => {
    const verifier = 'v'.repeat(43);
    const request = read({
      oauthClient: 'web-2',
      codeSource: CodeSource.CODE_SOURCE_WEB_REDIRECT,
      redirectUri: 'https://app.example/callback',
      codeVerifier: verifier,
      nonce: 'n-0S6_WzA2Mj',
      expectedUserId: '110169484474386276334',
      externalUserId: 'Jörg #17',
      rebindExternalUser: true,
    });
    expect(request).toMatchObject({
      oauthClient: 'web-2',
      codeSource: 'web-redirect',
      redirectUri: 'https://app.example/callback',
      nonce: 'n-0S6_WzA2Mj',
      expectedUserId: '110169484474386276334',
      externalUserId: 'Jörg #17',
      rebindExternalUser: true,
    });
    expect(request.codeVerifier?.reveal()).toBe(verifier);
  });

  it.each([
    [CodeSource.CODE_SOURCE_UNSPECIFIED, undefined],
    [CodeSource.CODE_SOURCE_MOBILE, 'mobile'],
    [CodeSource.CODE_SOURCE_WEB_POPUP, 'web-popup'],
    [CodeSource.CODE_SOURCE_WEB_REDIRECT, 'web-redirect'],
  ])('reads code source %i as %s', (codeSource, expected) => {
    expect(read({ codeSource }).codeSource).toBe(expected);
  });

  const accepted: [string, Fields][] = [
    ['the longest code', { code: 'c'.repeat(2048) }],
    ['a code of every printable character', { code: EVERY_PRINTABLE_ASCII.trim() }],
    ['the longest client name', { oauthClient: 'a'.repeat(63) }],
    ['the longest redirect URI', { redirectUri: 'r'.repeat(2048) }],
    ['the longest verifier', { codeVerifier: '~'.repeat(128) }],
    ['a verifier of every kind of character', { codeVerifier: `${'aZ09-._~'.repeat(5)}xyz` }],
    ['the longest nonce', { nonce: 'n'.repeat(255) }],
    ['the longest expected user', { expectedUserId: '1'.repeat(255) }],
    ['the longest external user', { externalUserId: 'x'.repeat(255) }],
    ['an external user of 255 characters beyond 16 bits', { externalUserId: '𝒳'.repeat(255) }],
    ['names that mean something to JavaScript', { expectedUserId: '__proto__' }],
  ];
  it.each(accepted)('may hold %s', (_what, fields) => {
    expect(refusedFields(() => read(fields))).toEqual([]);
  });

  const refused: [string, string, Fields][] = [
    ['code', 'that is missing', { code: '' }],
    ['code', 'that is too long', { code: 'c'.repeat(2049) }],
    ['code', 'with a space', { code: '4/a b' }],
    ['code', 'with a line feed', { code: '4/a\n' }],
    ['code', 'with a NUL', { code: '4/a\0' }],
    ['code', 'beyond ASCII', { code: '4/ä' }],
    ['oauth_client', 'that is too long', { oauthClient: 'a'.repeat(64) }],
    ['oauth_client', 'with an upper-case letter', { oauthClient: 'Default' }],
    ['oauth_client', 'with a slash', { oauthClient: '../path-key' }],
    ['oauth_client', 'named __proto__', { oauthClient: '__proto__' }],
    ['oauth_client', 'with a line feed at its end', { oauthClient: 'default\n' }],
    ['code_source', 'that is unknown', { codeSource: 4 as CodeSource }],
    ['code_source', 'that is negative', { codeSource: CodeSource.UNRECOGNIZED }],
    ['redirect_uri', 'that is too long', { redirectUri: 'r'.repeat(2049) }],
    ['redirect_uri', 'with a space', { redirectUri: 'https://app.example/ x' }],
    ['redirect_uri', 'with a control character', { redirectUri: 'https://app.example/\r\n' }],
    ['code_verifier', 'that is too short', { codeVerifier: 'v'.repeat(42) }],
    ['code_verifier', 'that is too long', { codeVerifier: 'v'.repeat(129) }],
    ['code_verifier', 'with a reserved character', { codeVerifier: '+'.repeat(43) }],
    ['nonce', 'that is too long', { nonce: 'n'.repeat(256) }],
    ['nonce', 'with a control character', { nonce: 'a\tb' }],
    ['expected_user_id', 'that is too long', { expectedUserId: '1'.repeat(256) }],
    ['expected_user_id', 'beyond ASCII', { expectedUserId: '１' }],
    ['rebind_external_user', 'without a name', { rebindExternalUser: true }],
    ['external_user_id', 'that is too long', { externalUserId: 'x'.repeat(256) }],
    ['external_user_id', 'with a control character', { externalUserId: 'a\u0085b' }],
    ['external_user_id', 'with a hidden direction mark', { externalUserId: 'a\u202eb' }],
  ];
  it.each(refused)('may not hold a %s %s', (field, _what, fields) => {
    expect(refusedFields(() => read(fields))).toEqual([field]);
  });

  it('is told all that is wrong with it at once', () => {
    const fields = { code: '', oauthClient: '-/-', codeSource: 9 as CodeSource, nonce: '\0' };
    expect(refusedFields(() => read(fields)).toSorted()).toEqual(
      ['code', 'code_source', 'nonce', 'oauth_client'].toSorted(),
    );
  });
});

describe('an ExchangeCode response', () => {
  it('says what is known, and leaves the rest empty', () => {
    expect(
      exchangeCodeRpc.writeReply({
        userId: '1',
        profile: { email: 'a@example.com' },
        grantedScopes: ['openid'],
        refreshTokenKept: true,
      }),
    ).toEqual({
      userId: '1',
      profile: {
        email: 'a@example.com',
        emailVerified: false,
        name: '',
        givenName: '',
        familyName: '',
        picture: '',
        locale: '',
        hostedDomain: '',
      },
      grantedScopes: ['openid'],
      grantExpireTime: undefined,
      refreshTokenKept: true,
    });
  });

  it('carries the whole profile and the end of the grant', () => {
    const profile = {
      email: 'a@example.com',
      emailVerified: true,
      name: 'A User',
      givenName: 'A',
      familyName: 'User',
      picture: 'https://example.com/a.png',
      locale: 'en',
      hostedDomain: 'example.com',
    };
    const end = Date.UTC(2026, 5, 1);
    const written = exchangeCodeRpc.writeReply({
      userId: '1',
      profile,
      grantedScopes: [],
      grantExpireTime: end,
      refreshTokenKept: false,
    });
    expect(written).toMatchObject({ profile, grantExpireTime: new Date(end) });
  });
});
