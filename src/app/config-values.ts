import type { Config } from '../config/config-sections.ts';
import type { ServiceLimits } from '../service/limits.ts';
import { VAULT_CONNECTIONS } from '../vault/vault-transport.ts';

/** One for each refresh and exchange that may be under way, and as many as exchanges for revocations. */
export function googleConnections({ limits }: Config): number {
  return 2 * limits.refreshes;
}

export function serviceLimits({ cache, limits }: Config): ServiceLimits {
  return {
    cachedTokens: cache.maxTokens,
    freshShare: cache.freshShare,
    googleFailureMs: cache.googleFailuresMs,
    flightMs: limits.refreshTimeoutMs,
    rejectedTokensPerMinute: limits.rejectedTokensPerMinute,
    exchangesPerMinute: limits.exchangesPerMinute,
    refreshes: limits.refreshes,
    refreshesWaiting: limits.refreshesWaiting,
    batchReads: VAULT_CONNECTIONS / 2,
    heldCommits: limits.heldCommits,
    heldForMs: limits.heldForMs,
  };
}
