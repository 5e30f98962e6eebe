import type * as wire from '../gen/tokenvault/v1/token_vault.ts';
import type { GetAccessTokenRequest, IssuedToken } from '../service/token-vault.ts';
import { FieldChecks } from './field-checks.ts';
import * as rules from './field-rules.ts';
import { readMinTtl } from './min-ttl-field.ts';
import { readScopes } from './scopes-field.ts';
import { toDate } from './timestamps.ts';
import type { UnaryRpc } from './unary-rpc.ts';

const SHA256_BYTES = 32;

export const getAccessTokenRpc: UnaryRpc<
  wire.GetAccessTokenRequest,
  GetAccessTokenRequest,
  IssuedToken,
  wire.GetAccessTokenResponse
> = {
  name: 'GetAccessToken',
  readRequest,
  run: (vault, request, context) => vault.getAccessToken(request, context),
  writeReply,
  audited: {
    request: ({ userId, oauthClient, scopes }) => ({ userId, oauthClient, scopes }),
    reply: ({ scopes, generation, accessToken }) => ({ scopes, generation, accessToken }),
  },
  quiet: true,
  recurs: true,
};

function readRequest(message: wire.GetAccessTokenRequest): GetAccessTokenRequest {
  const checks = new FieldChecks();
  const request = {
    userId: checks.required('user_id', message.userId, rules.USER_ID),
    oauthClient:
      checks.optional('oauth_client', message.oauthClient, rules.OAUTH_CLIENT) ??
      rules.DEFAULT_OAUTH_CLIENT,
    scopes: readScopes(checks, message.scopes, { fewest: 1 }),
    minTtlMs: readMinTtl(checks, message.minTtl),
    rejectedTokenSha256: readHash(checks, message.rejectedTokenSha256),
  };
  checks.finish();
  return request;
}

function readHash(checks: FieldChecks, bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  checks.check(
    'rejected_token_sha256',
    bytes.length === SHA256_BYTES,
    `be empty or ${SHA256_BYTES} bytes`,
  );
  return Buffer.from(bytes).toString('hex');
}

function writeReply(token: IssuedToken): wire.GetAccessTokenResponse {
  return {
    accessToken: token.accessToken.reveal(),
    tokenType: 'Bearer',
    expireTime: toDate(token.expireTime),
    scopes: [...token.scopes],
  };
}
