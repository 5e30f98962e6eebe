/** Bounds of the flows, milliseconds unless said otherwise. The defaults are design values. */
export interface ServiceLimits {
  /** Access tokens in memory; the least recently used go first. */
  readonly cachedTokens: number;
  /** Part of a token's life, from 0 to 1, after which it is refreshed ahead; give or take a tenth. */
  readonly freshShare: number;
  /** A refresh ends after this time, whoever waits for it. */
  readonly flightMs: number;
  /** How long a failure of Google is answered without asking again. */
  readonly googleFailureMs: number;
  /** Refresh tokens that may wait for Vault to commit them. */
  readonly heldCommits: number;
  readonly heldForMs: number;
}

export const DEFAULT_LIMITS: ServiceLimits = {
  cachedTokens: 200_000,
  freshShare: 0.5,
  flightMs: 30_000,
  googleFailureMs: 5_000,
  heldCommits: 1_000,
  heldForMs: 600_000,
};
