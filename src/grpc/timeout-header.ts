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
 * The `grpc-timeout` that a call gets in place of the one it was sent with: the default where there
 * is none, and never more than the maximum. grpc-js counts in 32 bits, where 597 hours are 0.
 */
export function boundedTimeout(sent: string | undefined, limits: DeadlineLimits): string {
  if (sent === undefined) return `${limits.defaultDeadlineMs}m`;
  const ms = Number(sent.slice(0, -1)) * (UNIT_MS[sent.slice(-1)] ?? Number.NaN);
  return ms <= limits.maxDeadlineMs ? sent : `${limits.maxDeadlineMs}m`;
}
