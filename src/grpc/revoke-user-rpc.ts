import type * as wire from '../gen/tokenvault/v1/token_vault.ts';
import type { RevokeUserRequest, RevokeUserResponse } from '../service/token-vault.ts';
import { FieldChecks } from './field-checks.ts';
import * as rules from './field-rules.ts';
import { writeProviderRevocation } from './provider-revocation.ts';
import { toDate } from './timestamps.ts';
import type { UnaryRpc } from './unary-rpc.ts';

/** Outside of these a time is a caller's mistake, such as seconds taken for milliseconds. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

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
    grantedBefore: message.grantedBefore?.getTime(),
  };
  const time = request.grantedBefore ?? EARLIEST;
  // A comparison with NaN, which an impossible timestamp decodes to, is false.
  checks.check(
    'granted_before',
    time >= EARLIEST && time < LATEST,
    'be a time between the years 2000 and 2100',
  );
  checks.finish();
  return request;
}

function writeReply(response: RevokeUserResponse): wire.RevokeUserResponse {
  return {
    providerRevocation: writeProviderRevocation(response.providerRevocation),
    effectiveTime: toDate(response.effectiveTime),
  };
}
