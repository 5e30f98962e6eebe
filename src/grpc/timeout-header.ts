import type { DeadlineLimits } from './transport-limits.ts';

/** The gRPC protocol's `TimeoutValue TimeoutUnit`; grpc-js would find it anywhere in the value. */
const TIMEOUT = /^\d{1,8}[HMSmun]$/;

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/** Whether the header is what the protocol allows. */
export function isTimeout(sent: string): boolean {
  return TIMEOUT.test(sent);
}

/**
 * How long a call may take that was sent with this `grpc-timeout`, milliseconds: the default where
 * there is none, and never more than the maximum.
 */
export function boundedTimeout(sent: string | undefined, limits: DeadlineLimits): number {
  if (sent === undefined) return limits.defaultDeadlineMs;
  const ms = Number(sent.slice(0, -1)) * (UNIT_MS[sent.slice(-1)] ?? Number.NaN);
  return ms <= limits.maxDeadlineMs ? ms : limits.maxDeadlineMs;
}

/** The header for it. grpc-js counts in 32 bits, where 597 hours would be 0. */
export function timeoutHeader(ms: number): string {
  return `${Math.ceil(ms)}m`;
}
