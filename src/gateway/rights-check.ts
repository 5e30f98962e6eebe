import type { TokenVaultConnection } from '../client/connect.ts';
import {
  BatchGetAccessTokensRequest,
  GetAccessTokenRequest,
  GetUserRequest,
  RevokeUserRequest,
} from '../client/messages.ts';
import { TokenVaultError } from '../client/token-vault-error.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { Reason } from '../domain/reasons.ts';

/** No user has it, Google's are digits; and TokenVault's log and audit know the calls by it. */
export const RIGHTS_CHECK = 'gateway-rights-check';
const TIMEOUT_MS = 10_000;
const NO_USERS = BatchGetAccessTokensRequest.fromPartial({});
const NO_USER = RevokeUserRequest.fromPartial({});
const TRY_AGAIN_MS = 5_000;

/** These say nothing of what the caller may do: the call did not come so far. */
const UNDECIDED: ReadonlySet<Reason | undefined> = new Set<Reason | undefined>([
  undefined,
  'NOT_READY',
  'CALLER_RATE_LIMITED',
  'CALLER_CREDENTIAL_INVALID',
]);

export interface RightsCheckDeps {
  readonly connection: Pick<
    TokenVaultConnection,
    'getUser' | 'getAccessToken' | 'batchGetAccessTokens' | 'revokeUser'
  >;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Whoever takes the public edge over has its certificate, which should open one thing alone. So the
 * gateway asks for what it must not have, of nobody, until TokenVault has answered, and warns where
 * it is not refused. Permission is looked at before existence, and before what a request says: what
 * is asked where an answer would be more than a look names no user at all.
 */
export async function checkRights(deps: RightsCheckDeps, signal: AbortSignal): Promise<void> {
  const { connection, clock, logger } = deps;
  const options = { timeoutMs: TIMEOUT_MS, requestId: RIGHTS_CHECK };
  const user = GetUserRequest.fromPartial({ userId: RIGHTS_CHECK });
  const token = GetAccessTokenRequest.fromPartial({ userId: RIGHTS_CHECK, scopes: ['openid'] });
  const asks = {
    GetUser: () => connection.getUser(user, options),
    GetAccessToken: () => connection.getAccessToken(token, options),
    BatchGetAccessTokens: () => connection.batchGetAccessTokens(NO_USERS, options),
    RevokeUser: () => connection.revokeUser(NO_USER, options),
  };
  const allowed: string[] = [];
  for (const [rpc, ask] of Object.entries(asks)) {
    let answer = await mayCall(ask);
    while (answer === 'undecided') {
      await sleep(clock, TRY_AGAIN_MS, signal);
      if (signal.aborted) return;
      answer = await mayCall(ask);
    }
    if (answer === 'allowed') allowed.push(rpc);
  }
  if (allowed.length > 0) logger.warn('gateway_may_do_more', { rpcs: allowed.join(', ') });
}

async function mayCall(ask: () => Promise<unknown>): Promise<'allowed' | 'refused' | 'undecided'> {
  try {
    await ask();
    return 'allowed';
  } catch (error) {
    if (!(error instanceof TokenVaultError)) throw error;
    if (UNDECIDED.has(error.reason)) return 'undecided';
    const { reason, metadata } = error;
    return reason === 'CALLER_NOT_ALLOWED' && metadata.deniedBy === 'rpc' ? 'refused' : 'allowed';
  }
}
