import { NEED_ANOTHER_CALL, type Reason } from '../domain/reasons.ts';
import type { ConnectionProblem } from './connection-problem.ts';
import type { GetAccessTokenRequest } from './messages.ts';
import type { TokenVaultError } from './token-vault-error.ts';

/** So often is one call sent at most, however long its deadline is. */
const MOST_TRIES = 10;

/** Reasons after which a second refusal says that people have to act. */
const ONCE: ReadonlySet<Reason> = new Set<Reason>(['PROVIDER_CLIENT_REJECTED']);

/**
 * What only another configuration mends. HOST_UNKNOWN is not of them: the gRPC library says the same of
 * a name that is unknown and of a name server that does not answer.
 */
const LASTING: ReadonlySet<ConnectionProblem> = new Set<ConnectionProblem>([
  'SERVER_NAME_DIFFERS',
  'SERVER_NOT_TRUSTED',
  'NO_TLS',
]);

/**
 * Whether `request`, which failed at try number `tries`, may be sent again as it is, by what the proto says
 * of each reason. The same ExchangeCode request never sends its code to Google twice: TokenVault
 * answers it with the recorded outcome.
 */
export function mayRepeat(error: TokenVaultError, tries: number, request?: unknown): boolean {
  const { reason, code, connection, requestId, retryAfterMs } = error;
  if (tries >= MOST_TRIES) return false;
  if (reason !== undefined) {
    if (NEED_ANOTHER_CALL.has(reason) || (ONCE.has(reason) && tries > 1)) return false;
    if (reason === 'CALLER_RATE_LIMITED' && (namesRejectedToken(request) || isBatch(request))) {
      return false;
    }
    return retryAfterMs !== undefined;
  }
  if (code !== 'UNAVAILABLE') return false;
  // A later version's reason is followed as far as it says itself that waiting helps.
  if (requestId !== undefined) return retryAfterMs !== undefined;
  return connection === undefined || !LASTING.has(connection);
}

/** Whoever asks so holds Google's refusal, which is an answer, and must not be kept from it. */
function namesRejectedToken(request: unknown): boolean {
  if (typeof request !== 'object' || request === null) return false;
  const { rejectedTokenSha256 } = request as Partial<GetAccessTokenRequest>; // Of any other, undefined.
  return rejectedTokenSha256 !== undefined && rejectedTokenSha256.length > 0;
}

/** The loop over many users waits for its rate itself, in one place for all its calls. */
function isBatch(request: unknown): boolean {
  return typeof request === 'object' && request !== null && 'userIds' in request;
}
