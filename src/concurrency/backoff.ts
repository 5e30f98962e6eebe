import type { Random } from '../domain/random.ts';

export interface BackoffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** The wait before attempt number `attempt` (1 is the first retry): doubling, between half and all of it. */
export function backoffMs(attempt: number, options: BackoffOptions, random: Random): number {
  const full = Math.min(options.mostMs, options.firstMs * 2 ** (attempt - 1));
  return full * (0.5 + 0.5 * random.unit());
}
