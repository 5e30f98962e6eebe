import type { FailureCause } from './failure-cause.ts';
import { REASONS, type Reason } from './reasons.ts';

/** One field that a request got wrong; `field` is its path in the proto message. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

export interface FailureOptions {
  /** `ErrorInfo.metadata`: lowerCamelCase keys, fixed per reason, never a secret. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Least wait before a retry, milliseconds. Default: the reason's own. */
  readonly retryAfterMs?: number;
  /** Only for FIELD_INVALID. */
  readonly violations?: readonly FieldViolation[];
  /** For the log alone, in our own words: never a provider's or Vault's text. */
  readonly detail?: string;
  /** What is wrong outside, where that is why. */
  readonly outside?: FailureCause;
}

/**
 * The one error of the product. What the caller sees is fixed by `reason`; `detail` goes to the
 * log. There is no `cause`: a vendor's error object may hold a token, so adapters read what they
 * need from it and drop it.
 */
export class Failure extends Error {
  readonly reason: Reason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;
  readonly violations: readonly FieldViolation[];
  readonly detail: string | undefined;
  readonly outside: FailureCause | undefined;

  constructor(reason: Reason, options: FailureOptions = {}) {
    super(REASONS[reason].message);
    this.name = 'Failure';
    this.reason = reason;
    this.metadata = options.metadata ?? {};
    this.retryAfterMs = options.retryAfterMs ?? REASONS[reason].retryAfterMs;
    this.violations = options.violations ?? [];
    this.detail = options.detail;
    this.outside = options.outside;
  }
}

/** Whether `error` is a failure, and for one of `reasons` where any are given. */
export function isFailure(error: unknown, ...reasons: readonly Reason[]): error is Failure {
  return error instanceof Failure && (reasons.length === 0 || reasons.includes(error.reason));
}
