import { status } from '@grpc/grpc-js';
import { AccessToken } from './access-token.ts';
import type { TokenVaultConnection } from './connect.ts';
import { isReason } from './decode-call-failure.ts';
import {
  type AccessTokenResult,
  BatchGetAccessTokensRequest,
  type BatchGetAccessTokensResponse,
} from './messages.ts';
import { minTtlOf } from './min-ttl.ts';
import { mayRepeat } from './retry-rules.ts';
import { TokenVaultError } from './token-vault-error.ts';
import type { TokenTerms, UserToken } from './user-token.ts';

/** A call answers shortly before with what it has. */
const TIMEOUT_MS = 30_000;

/** Codes that every further call would end with, too. */
const FOR_ALL: ReadonlySet<string> = new Set([
  'INVALID_ARGUMENT',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'UNIMPLEMENTED',
  'CANCELLED',
]);

/** One call of BatchGetAccessTokens. @throws TokenVaultError of the call as a whole */
export async function callForTokens(
  connection: Pick<TokenVaultConnection, 'batchGetAccessTokens'>,
  userIds: readonly string[],
  { scopes, oauthClient = '', minTtlMs }: TokenTerms,
): Promise<readonly UserToken[]> {
  const request = BatchGetAccessTokensRequest.fromPartial({
    userIds: [...userIds],
    scopes: [...scopes],
    oauthClient,
    ...(minTtlMs !== undefined && { minTtl: minTtlOf(minTtlMs) }),
  });
  const answer = await connection.batchGetAccessTokens(request, { timeoutMs: TIMEOUT_MS });
  return userIds.map((userId, index) => resultOf(userId, answer.results[index], answer));
}

/** Whether the failure of one call says that no other call would fare better. */
export function concernsAll(error: TokenVaultError): boolean {
  // Who found no connection in time may find one the next time.
  const isUnreachable = error.code === 'UNAVAILABLE' && error.connection !== undefined;
  return FOR_ALL.has(error.code) || (isUnreachable && !mayRepeat(error, 1));
}

function resultOf(
  userId: string,
  result: AccessTokenResult | undefined,
  { scopes }: BatchGetAccessTokensResponse,
): UserToken {
  const { token, error } = result ?? {};
  if (token?.expireTime !== undefined) {
    return { userId, token: new AccessToken(token.accessToken, token.expireTime, scopes) };
  }
  if (error === undefined) return { userId, error: new TokenVaultError({ code: 'INTERNAL' }) };
  const { code, reason, metadata, retryDelay } = error;
  const options = {
    code: status[code] ?? 'UNKNOWN',
    reason: isReason(reason) ? reason : undefined,
    metadata,
    retryAfterMs: retryDelay && retryDelay.seconds * 1_000 + retryDelay.nanos / 1_000_000,
  };
  return { userId, error: new TokenVaultError(options) };
}
