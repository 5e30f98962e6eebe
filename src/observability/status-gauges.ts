import type { Metrics } from '../domain/metrics.ts';
import type { FailingDependency, ReplicaStatus } from '../domain/replica-status.ts';

/** Writes what a replica knows of itself into the gauges. */
export function setStatusGauges(status: ReplicaStatus, metrics: Metrics): void {
  metrics.set('tokenvault_revocation_log_age_seconds', status.logAgeMs / 1_000, {});
  metrics.set('tokenvault_cached_tokens', status.cachedTokens, {});
  metrics.set('tokenvault_refreshes_in_flight', status.refreshesInFlight, {});
  for (const { oauthClient: client, leftMs } of status.googlePauses) {
    metrics.set('tokenvault_google_pause_seconds', leftMs / 1_000, { client });
  }
  setDependencyGauges(status, ['vault', 'google'], metrics);
}

/** Writes down which of `dependencies` fail. */
export function setDependencyGauges(
  status: { readonly failing: readonly FailingDependency[] },
  dependencies: readonly FailingDependency['name'][],
  metrics: Metrics,
): void {
  const failing = status.failing.map(({ name }) => name);
  for (const dependency of dependencies) {
    const value = failing.includes(dependency) ? 1 : 0;
    metrics.set('tokenvault_dependency_failing', value, { dependency });
  }
}
