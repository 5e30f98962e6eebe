import type * as wire from '../gen/tokenvault/v1/token_vault.ts';
import type { BatchGetAccessTokensRequest, TokenBatch } from '../service/token-vault.ts';
import { FieldChecks } from './field-checks.ts';
import * as rules from './field-rules.ts';
import { readMinTtl } from './min-ttl-field.ts';
import { readScopes } from './scopes-field.ts';
import type { ServedRpc } from './unary-rpc.ts';

const MAX_USERS = 100;

/** Its replies are encoded by `batchEncoder`. */
export const batchGetAccessTokensRpc: ServedRpc<
  wire.BatchGetAccessTokensRequest,
  BatchGetAccessTokensRequest,
  TokenBatch
> = {
  name: 'BatchGetAccessTokens',
  readRequest,
  run: (vault, request, context) => vault.batchGetAccessTokens(request, context),
  countsFor: ({ userIds }) => userIds.length,
  quiet: true,
};

function readRequest(message: wire.BatchGetAccessTokensRequest): BatchGetAccessTokensRequest {
  const checks = new FieldChecks();
  const request = {
    userIds: readUserIds(checks, message.userIds),
    oauthClient:
      checks.optional('oauth_client', message.oauthClient, rules.OAUTH_CLIENT) ??
      rules.DEFAULT_OAUTH_CLIENT,
    scopes: readScopes(checks, message.scopes, { fewest: 1 }),
    minTtlMs: readMinTtl(checks, message.minTtl),
  };
  checks.finish();
  return request;
}

function readUserIds(checks: FieldChecks, userIds: readonly string[]): readonly string[] {
  const countHolds = userIds.length >= 1 && userIds.length <= MAX_USERS;
  checks.check('user_ids', countHolds, `hold 1 to ${MAX_USERS} user ids`);
  if (!countHolds) return [];
  for (const [index, userId] of userIds.entries()) {
    checks.required(`user_ids[${index}]`, userId, rules.USER_ID);
  }
  return userIds;
}
