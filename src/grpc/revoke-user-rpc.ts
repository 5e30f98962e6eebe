import type * as wire from '../gen/tokenvault/v1/token_vault.ts';
import type { RevokeUserRequest, RevokeUserResponse } from '../service/token-vault.ts';
import { FieldChecks } from './field-checks.ts';
import * as rules from './field-rules.ts';
import { writeProviderRevocation } from './provider-revocation.ts';
import { readTime, toDate } from './timestamps.ts';
import type { UnaryRpc } from './unary-rpc.ts';

export const revokeUserRpc: UnaryRpc<
  wire.RevokeUserRequest,
  RevokeUserRequest,
  RevokeUserResponse,
  wire.RevokeUserResponse
> = {
  name: 'RevokeUser',
  readRequest,
  run: (vault, request, context) => vault.revokeUser(request, context),
  writeReply,
  audited: { request: ({ userId }) => ({ userId }), reply: ({ generation }) => ({ generation }) },
  servedUnaudited: true,
};

function readRequest(message: wire.RevokeUserRequest): RevokeUserRequest {
  const checks = new FieldChecks();
  const request = {
    userId: checks.required('user_id', message.userId, rules.USER_ID),
    reason: checks.optional('reason', message.reason, rules.REVOCATION_REASON) ?? '',
    grantedBefore: readTime(checks, 'granted_before', message.grantedBefore),
  };
  checks.finish();
  return request;
}

function writeReply(response: RevokeUserResponse): wire.RevokeUserResponse {
  return {
    providerRevocation: writeProviderRevocation(response.providerRevocation),
    effectiveTime: toDate(response.effectiveTime),
  };
}
