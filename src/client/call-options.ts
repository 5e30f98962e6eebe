import type { FieldViolation } from '../domain/failure.ts';

/** How one call is made. */
export interface CallOptions {
  /** The call ends with DEADLINE_EXCEEDED after this, its repeats included; at most 60 000. */
  readonly timeoutMs: number;
  /** Names the call in both sides' logs: 1 to 64 of `A-Z a-z 0-9 . _ -`. */
  readonly requestId?: string | undefined;
  /** W3C Trace Context of the caller's own work, in whose trace the call then stands. */
  readonly traceparent?: string | undefined;
}

/** So long TokenVault lets a call take, unless it is configured otherwise. */
export const LONGEST_TIMEOUT_MS = 60_000;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** What a header takes. TokenVault passes over what is no trace context. */
const PRINTABLE = /^[ -~]*$/;

/** Says, in words that fit after a name, what a time for calls must be; undefined where it is good. */
export function timeoutProblem(timeoutMs: unknown): string | undefined {
  const isGood = typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= LONGEST_TIMEOUT_MS;
  return isGood
    ? undefined
    : `must be a number of milliseconds above 0, at most ${LONGEST_TIMEOUT_MS}`;
}

/** Every option of a call that no call can have. */
export function violationsOf({ timeoutMs, requestId, traceparent }: CallOptions): FieldViolation[] {
  const problems = {
    timeoutMs: timeoutProblem(timeoutMs),
    requestId: textProblem(requestId, REQUEST_ID, 'must be 1 to 64 of A-Z a-z 0-9 . _ -'),
    traceparent: textProblem(traceparent, PRINTABLE, 'must be printable ASCII'),
  };
  return Object.entries(problems).flatMap(([field, problem]) =>
    problem === undefined ? [] : { field, description: `${field} ${problem}.` },
  );
}

function textProblem(text: unknown, good: RegExp, problem: string): string | undefined {
  return text === undefined || (typeof text === 'string' && good.test(text)) ? undefined : problem;
}
