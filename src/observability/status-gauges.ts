import type { Metrics } from '../domain/metrics.ts';
import type { FailingDependency, ReplicaStatus } from '../domain/replica-status.ts';

const DEPENDENCIES: readonly FailingDependency['name'][] = ['vault', 'google'];

/** Writes what a replica knows of itself into the gauges. */
export function setStatusGauges(status: ReplicaStatus, metrics: Metrics): void {
  metrics.set('tokenvault_revocation_log_age_seconds', status.logAgeMs / 1_000, {});
  metrics.set('tokenvault_cached_tokens', status.cachedTokens, {});
  metrics.set('tokenvault_refreshes_in_flight', status.refreshesInFlight, {});
  const failing = status.failing.map(({ name }) => name);
  for (const dependency of DEPENDENCIES) {
    metrics.set('tokenvault_dependency_failing', failing.includes(dependency) ? 1 : 0, {
      dependency,
    });
  }
}
