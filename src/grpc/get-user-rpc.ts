import type * as wire from '../gen/tokenvault/v1/token_vault.ts';
import type { GetUserRequest, UserView } from '../service/token-vault.ts';
import { FieldChecks } from './field-checks.ts';
import * as rules from './field-rules.ts';
import type { UnaryRpc } from './unary-rpc.ts';
import { writeUser } from './wire-user.ts';

export const getUserRpc: UnaryRpc<
  wire.GetUserRequest,
  GetUserRequest,
  UserView,
  wire.GetUserResponse
> = {
  name: 'GetUser',
  readRequest,
  run: (vault, request, context) => vault.getUser(request, context),
  writeReply: (user) => ({ user: writeUser(user) }),
  audited: {
    request: (request) => request,
    reply: ({ userId, generation }) => ({ userId, generation }),
  },
};

function readRequest(message: wire.GetUserRequest): GetUserRequest {
  const checks = new FieldChecks();
  const userId = checks.optional('user_id', message.userId, rules.USER_ID);
  const externalUserId = checks.optional(
    'external_user_id',
    message.externalUserId,
    rules.EXTERNAL_USER_ID,
  );
  const isOne = (message.userId === '') !== (message.externalUserId === '');
  checks.check('user_id', isOne, 'be set, or else external_user_id, and not both');
  checks.finish();
  return userId === undefined ? { externalUserId: externalUserId ?? '' } : { userId };
}
