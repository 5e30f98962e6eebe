import type { Duration } from '../gen/google/protobuf/duration.ts';
import type * as wire from '../gen/tokenvault/v1/token_vault.ts';
import type { GetAccessTokenRequest, IssuedToken } from '../service/token-vault.ts';
import { FieldChecks } from './field-checks.ts';
import * as rules from './field-rules.ts';
import { readScopes } from './scopes-field.ts';
import { toDate } from './timestamps.ts';
import type { UnaryRpc } from './unary-rpc.ts';

const DEFAULT_MIN_TTL_MS = 60_000;
const MAX_MIN_TTL_MS = 1_800_000;
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

function readMinTtl(checks: FieldChecks, minTtl: Duration | undefined): number {
  if (minTtl === undefined) return DEFAULT_MIN_TTL_MS;
  const { seconds, nanos } = minTtl;
  const ms = seconds * 1_000 + Math.ceil(nanos / 1_000_000);
  const holds = seconds >= 0 && nanos >= 0 && nanos < 1_000_000_000 && ms <= MAX_MIN_TTL_MS;
  checks.check('min_ttl', holds, 'be from 0 s to 30 min');
  return ms;
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
