import { type Dependency, FAILURE_CAUSES } from '../domain/failure-cause.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { FailingDependency, ServiceStatus } from '../domain/replica-status.ts';
import { ACCESS_CAUSES } from '../domain/vault-access.ts';

/** Writes what a service knows of itself into the gauges. */
export function setStatusGauges(status: ServiceStatus, metrics: Metrics): void {
  metrics.set('tokenvault_revocation_log_age_seconds', status.logAgeMs / 1_000, {});
  metrics.set('tokenvault_cached_tokens', status.cachedTokens, {});
  metrics.set('tokenvault_refreshes_in_flight', status.refreshesInFlight, {});
  for (const { oauthClient: client, leftMs } of status.googlePauses) {
    metrics.set('tokenvault_google_pause_seconds', leftMs / 1_000, { client });
  }
  metrics.set('tokenvault_vault_token_expires_seconds', status.vault.tokenLeftMs / 1_000, {});
  for (const cause of ACCESS_CAUSES) {
    const lost = status.vault.lost.some((loss) => loss.cause === cause);
    metrics.set('tokenvault_vault_access_lost', lost ? 1 : 0, { cause });
  }
  setDependencyGauges(status, ['vault', 'google'], metrics);
}

/** Writes down which of `dependencies` fail, and why. */
export function setDependencyGauges(
  status: { readonly failing: readonly FailingDependency[] },
  dependencies: readonly Dependency[],
  metrics: Metrics,
): void {
  for (const dependency of dependencies) {
    const failing = status.failing.find(({ name }) => name === dependency);
    for (const cause of FAILURE_CAUSES[dependency]) {
      const value = failing?.cause === cause ? 1 : 0;
      metrics.set('tokenvault_dependency_failing', value, { dependency, cause });
    }
  }
}
