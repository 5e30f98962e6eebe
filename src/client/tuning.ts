import { LONGEST_TIMEOUT_MS } from './call-options.ts';

/** The numbers among the options of TokenVault. */
export interface Tuning {
  /**
   * How long a call may take, its retries included; 1 to 60 000. Default: 40 000 for exchangeCode,
   * 20 000 for revokeUser, 10 000 for others.
   */
  readonly timeoutMs?: number | undefined;
  /** Access tokens that are held in memory at most, less than 1 KB each; 0 for none. Default 10 000. */
  readonly cachedTokens?: number | undefined;
  /**
   * A held token that is used is asked for again after this, in the background, or with a wait where
   * twice as long has passed. So a user who was revoked elsewhere is refused here after at most about
   * twice as long, unless TokenVault cannot be reached. Default 300 000.
   */
  readonly recheckMs?: number | undefined;
}

export const CACHED_TOKENS = 10_000;
export const RECHECK_MS = 5 * 60_000;

/** Everything that is wrong. */
export function tuningProblems({
  timeoutMs = 1,
  cachedTokens = 0,
  recheckMs = 0,
}: Tuning): readonly string[] {
  const problems: string[] = [];
  if (!isWhole(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT_MS)
    problems.push(`timeoutMs must be a whole number from 1 to ${LONGEST_TIMEOUT_MS}.`);
  for (const [name, value] of Object.entries({ cachedTokens, recheckMs })) {
    if (!isWhole(value) || value < 0) problems.push(`${name} must be a whole number from 0 on.`);
  }
  return problems;
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value);
}
