import { Secret } from '../domain/secret.ts';
import type * as wire from '../gen/tokenvault/admin/v1/token_vault_admin.ts';
import type { ImportedGrant, ImportGrantRequest } from '../service/token-vault.ts';
import { FieldChecks } from './field-checks.ts';
import * as rules from './field-rules.ts';
import { readScopes } from './scopes-field.ts';
import { readTime, toDate } from './timestamps.ts';
import type { UnaryRpc } from './unary-rpc.ts';

export const importGrantRpc: UnaryRpc<
  wire.ImportGrantRequest,
  ImportGrantRequest,
  ImportedGrant,
  wire.ImportGrantResponse
> = {
  name: 'ImportGrant',
  readRequest,
  run: (vault, request, context) => vault.importGrant(request, context),
  writeReply,
  audited: {
    request: ({ userId, externalUserId, oauthClient }) => ({ userId, externalUserId, oauthClient }),
    reply: ({ scopes, generation, rebound }) => ({ scopes, generation, rebound }),
  },
};

function readRequest(message: wire.ImportGrantRequest): ImportGrantRequest {
  const checks = new FieldChecks();
  const { verify } = message;
  const refreshToken = checks.required('refresh_token', message.refreshToken, rules.REFRESH_TOKEN);
  const request = {
    userId: checks.required('user_id', message.userId, rules.USER_ID),
    oauthClient:
      checks.optional('oauth_client', message.oauthClient, rules.OAUTH_CLIENT) ??
      rules.DEFAULT_OAUTH_CLIENT,
    refreshToken: new Secret(refreshToken),
    scopes: readScopes(checks, message.scopes, { fewest: verify ? 0 : 1 }),
    externalUserId: checks.optional(
      'external_user_id',
      message.externalUserId,
      rules.EXTERNAL_USER_ID,
    ),
    verify,
    consentTime: readTime(checks, 'consent_time', message.consentTime),
  };
  checks.finish();
  return request;
}

function writeReply(grant: ImportedGrant): wire.ImportGrantResponse {
  return {
    scopes: [...grant.scopes],
    alreadyImported: grant.alreadyImported,
    grantExpireTime: toDate(grant.expireTime),
  };
}
