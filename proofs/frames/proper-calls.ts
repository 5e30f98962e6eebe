import * as wire from '../../src/gen/tokenvault/v1/token_vault.ts';

/** A method, and a message that it would answer OK. */
export type ProperCall = readonly [method: string, message: Buffer];

/** What is changed: one good request for each method, with every kind of field in it. */
export const PROPER_CALLS: readonly [ProperCall, ...ProperCall[]] = [
  [
    'GetAccessToken',
    bytesOf(
      wire.GetAccessTokenRequest.encode(
        wire.GetAccessTokenRequest.fromPartial({
          userId: '110169484474386276334',
          oauthClient: 'default',
          scopes: ['openid', 'https://www.googleapis.com/auth/drive.appdata'],
          minTtl: { seconds: 60, nanos: 5 },
          rejectedTokenSha256: Buffer.alloc(32, 7),
        }),
      ),
    ),
  ],
  [
    'ExchangeCode',
    bytesOf(
      wire.ExchangeCodeRequest.encode(
        wire.ExchangeCodeRequest.fromPartial({
          code: '4/0AY0e-g7',
          codeSource: wire.CodeSource.CODE_SOURCE_WEB_REDIRECT,
          redirectUri: 'https://app.example/cb',
          codeVerifier: 'v'.repeat(43),
          nonce: 'n-0S6',
        }),
      ),
    ),
  ],
  [
    'RevokeUser',
    bytesOf(
      wire.RevokeUserRequest.encode(
        wire.RevokeUserRequest.fromPartial({
          userId: '1',
          reason: 'account closed',
          grantedBefore: new Date(0),
        }),
      ),
    ),
  ],
  [
    'GetUser',
    bytesOf(wire.GetUserRequest.encode(wire.GetUserRequest.fromPartial({ userId: '1' }))),
  ],
];

function bytesOf(encoded: { finish(): Uint8Array }): Buffer {
  return Buffer.from(encoded.finish());
}
