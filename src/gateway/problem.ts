import { STATUS_CODES } from 'node:http';
import { TokenVaultError } from '../client/token-vault-error.ts';
import { Failure, type FieldViolation } from '../domain/failure.ts';
import { REASONS, type Reason } from '../domain/reasons.ts';
import { REASON_STATUS } from './reason-status.ts';
import { REFUSALS, Refusal, type RefusalReason } from './refusal.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** The body of every answer that is not a success (RFC 9457). All texts are our own. */
export interface Problem {
  /** `about:blank`: what happened is told by `reason` (RFC 9457 section 4.2.1). */
  readonly type: 'about:blank';
  /** The HTTP status phrase. */
  readonly title: string;
  readonly status: number;
  /** One sentence for a developer. Programs read `reason`. */
  readonly detail: string;
  readonly reason: Reason | RefusalReason;
  readonly requestId: string;
  /** Least wait before the next try, seconds; the same as the `Retry-After` header. */
  readonly retryAfter?: number;
  /** The fields that are wrong, named as in the request body. */
  readonly errors?: readonly FieldViolation[];
  /** Of USER_MISMATCH: whose other account is connected, or which account was expected. */
  readonly mismatch?: Mismatch;
}

export type Mismatch = 'externalUser' | 'expectedUser';

/** What the app is told of `error`. An error that is not of the product becomes INTERNAL. */
export function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof Refusal) {
    const { status, message } = REFUSALS[error.reason];
    const wait = waitOf(error.retryAfterMs);
    return { ...heading(status), detail: message, reason: error.reason, requestId, ...wait };
  }
  const outcome = outcomeOf(error);
  const { reason, violations, metadata } = outcome;
  const status = statusOf(outcome);
  const otherwise = REPEATABLE.has(status) ? REASONS[reason].retryAfterMs : undefined;
  const mismatch = MISMATCHES.find((one) => one === metadata?.mismatch);
  return {
    ...heading(status),
    detail: REASONS[reason].message,
    reason,
    requestId,
    ...waitOf(outcome.retryAfterMs ?? otherwise),
    ...(violations.length === 0 ? {} : { errors: violations.map(inBodyNames) }),
    ...(reason === 'USER_MISMATCH' && mismatch !== undefined && { mismatch }),
  };
}

const MISMATCHES: readonly Mismatch[] = ['externalUser', 'expectedUser'];
/** These ask for the same request again, and so say when. */
const REPEATABLE: ReadonlySet<number> = new Set([429, 503, 504]);

function statusOf({ reason, metadata, timedOut }: Outcome): number {
  if (timedOut) return 504;
  // Of this account alone: the app may have the user choose another, as with USER_MISMATCH.
  const isAccount = reason === 'CALLER_NOT_ALLOWED' && metadata?.deniedBy === 'user';
  return isAccount ? REASON_STATUS.USER_MISMATCH : REASON_STATUS[reason];
}

/** Whole seconds (RFC 9110 section 10.2.3), at least one and never less than was asked for. */
function waitOf(retryAfterMs: number | undefined): Pick<Problem, 'retryAfter'> {
  return retryAfterMs === undefined
    ? {}
    : { retryAfter: Math.max(1, Math.ceil(retryAfterMs / 1_000)) };
}

function heading(status: number) {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status } as const;
}

interface Outcome {
  readonly reason: Reason;
  readonly retryAfterMs?: number | undefined;
  readonly violations: readonly FieldViolation[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whether TokenVault gave no answer while the gateway waited. */
  readonly timedOut?: boolean;
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof Failure) return error;
  if (error instanceof TokenVaultError) {
    const { reason, retryAfterMs, violations, metadata } = error;
    if (reason === undefined) return withoutReason(error);
    return { reason, retryAfterMs, violations, metadata };
  }
  return { reason: 'INTERNAL', violations: [] };
}

/** Statuses that the gRPC library makes carry no reason. */
function withoutReason(failure: TokenVaultError): Outcome {
  const reason = REASON_OF_CODE.get(failure.code) ?? 'INTERNAL';
  return { reason, violations: [], timedOut: failure.code === 'DEADLINE_EXCEEDED' };
}

const REASON_OF_CODE: ReadonlyMap<string, Reason> = new Map([
  // The exchange goes on without us, and the same request collects its outcome.
  ['DEADLINE_EXCEEDED', 'EXCHANGE_IN_PROGRESS'],
  // No connection, or one that broke: TokenVault never sends a code twice, so a repeat is safe.
  ['UNAVAILABLE', 'NOT_READY'],
  ['CANCELLED', 'NOT_READY'],
]);

/** TokenVault names fields as its proto does, the app as its JSON does. */
function inBodyNames(violation: FieldViolation): FieldViolation {
  const field = violation.field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { field, description: violation.description };
}
