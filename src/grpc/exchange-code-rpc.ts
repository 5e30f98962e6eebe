import type { ExchangeResponse } from '../domain/exchange-record.ts';
import type { CodeSource } from '../domain/oauth-client.ts';
import type { Profile } from '../domain/profile.ts';
import { Secret } from '../domain/secret.ts';
import * as wire from '../gen/tokenvault/v1/token_vault.ts';
import type { ExchangeCodeRequest } from '../service/token-vault.ts';
import { FieldChecks } from './field-checks.ts';
import * as rules from './field-rules.ts';
import { toDate } from './timestamps.ts';
import type { UnaryRpc } from './unary-rpc.ts';

const CODE_SOURCES: ReadonlyMap<wire.CodeSource, CodeSource | undefined> = new Map([
  [wire.CodeSource.CODE_SOURCE_UNSPECIFIED, undefined],
  [wire.CodeSource.CODE_SOURCE_MOBILE, 'mobile'],
  [wire.CodeSource.CODE_SOURCE_WEB_POPUP, 'web-popup'],
  [wire.CodeSource.CODE_SOURCE_WEB_REDIRECT, 'web-redirect'],
]);

export const exchangeCodeRpc: UnaryRpc<
  wire.ExchangeCodeRequest,
  ExchangeCodeRequest,
  ExchangeResponse,
  wire.ExchangeCodeResponse
> = {
  name: 'ExchangeCode',
  readRequest,
  run: (vault, request, context) => vault.exchangeCode(request, context),
  writeReply,
  audited: {
    request: ({ expectedUserId: userId, externalUserId, oauthClient }) => ({
      userId,
      externalUserId,
      oauthClient,
    }),
    reply: ({ userId, grantedScopes: scopes, generation, rebound }) => ({
      userId,
      scopes,
      generation,
      rebound,
    }),
  },
};

function readRequest(message: wire.ExchangeCodeRequest): ExchangeCodeRequest {
  const checks = new FieldChecks();
  const code = checks.required('code', message.code, rules.CODE);
  const verifier = checks.optional('code_verifier', message.codeVerifier, rules.CODE_VERIFIER);
  const request = {
    code: new Secret(code),
    oauthClient:
      checks.optional('oauth_client', message.oauthClient, rules.OAUTH_CLIENT) ??
      rules.DEFAULT_OAUTH_CLIENT,
    codeSource: CODE_SOURCES.get(message.codeSource),
    redirectUri: checks.optional('redirect_uri', message.redirectUri, rules.REDIRECT_URI) ?? '',
    codeVerifier: verifier === undefined ? undefined : new Secret(verifier),
    nonce: checks.optional('nonce', message.nonce, rules.NONCE),
    expectedUserId: checks.optional('expected_user_id', message.expectedUserId, rules.USER_ID),
    externalUserId: checks.optional(
      'external_user_id',
      message.externalUserId,
      rules.EXTERNAL_USER_ID,
    ),
    rebindExternalUser: message.rebindExternalUser,
  };
  const isNamed = message.externalUserId !== '' || !message.rebindExternalUser;
  checks.check('rebind_external_user', isNamed, 'be set together with external_user_id alone');
  checks.check('code_source', CODE_SOURCES.has(message.codeSource), 'be one of the known values');
  checks.finish();
  return request;
}

function writeReply(response: ExchangeResponse): wire.ExchangeCodeResponse {
  return {
    userId: response.userId,
    profile: writeProfile(response.profile),
    grantedScopes: [...response.grantedScopes],
    grantExpireTime: toDate(response.grantExpireTime),
    refreshTokenKept: response.refreshTokenKept,
  };
}

function writeProfile(profile: Profile): wire.Profile {
  return {
    email: profile.email ?? '',
    emailVerified: profile.emailVerified ?? false,
    name: profile.name ?? '',
    givenName: profile.givenName ?? '',
    familyName: profile.familyName ?? '',
    picture: profile.picture ?? '',
    locale: profile.locale ?? '',
    hostedDomain: profile.hostedDomain ?? '',
  };
}
