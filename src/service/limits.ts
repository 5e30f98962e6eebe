/** Bounds of the flows, milliseconds unless said otherwise. The defaults are design values. */
export interface ServiceLimits {
  /** Access tokens in memory; the least recently used go first. */
  readonly cachedTokens: number;
  /** Part of a token's life, from 0 to 1, after which it is refreshed ahead; give or take a tenth. */
  readonly freshShare: number;
  /** A refresh ends after this time, whoever waits for it. */
  readonly flightMs: number;
  /** Access tokens that are being got at a time, from the record in Vault to Google's answer. */
  readonly refreshes: number;
  /** Those that may wait for it, for each OAuth client. */
  readonly refreshesWaiting: number;
  /** Reads of users' records for batches at a time: half of the requests that Vault gets at a time. */
  readonly batchReads: number;
  /** How long a failure of Google is answered without asking again. */
  readonly googleFailureMs: number;
  /** Tokens of one user that one caller may have replaced because Google refused them. */
  readonly rejectedTokensPerMinute: number;
  /** Exchanges of one caller for one expected user. */
  readonly exchangesPerMinute: number;
  /** Refresh tokens that may wait for Vault to commit them. */
  readonly heldCommits: number;
  readonly heldForMs: number;
}

export const DEFAULT_LIMITS: ServiceLimits = {
  cachedTokens: 200_000,
  freshShare: 0.5,
  flightMs: 30_000,
  refreshes: 64,
  refreshesWaiting: 2_000,
  batchReads: 16,
  googleFailureMs: 5_000,
  rejectedTokensPerMinute: 5,
  exchangesPerMinute: 30,
  heldCommits: 1_000,
  heldForMs: 600_000,
};
