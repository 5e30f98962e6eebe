import type { FailingDependency, ReplicaStatus, ServiceStatus } from '../domain/replica-status.ts';
import type { VaultAccess } from '../domain/vault-access.ts';

/** What Vault refuses says more than what came of it, and also where the revocation log can be read. */
export function serviceStatus(replica: ReplicaStatus, vault: VaultAccess): ServiceStatus {
  const refused = refusedBy(vault);
  if (refused === undefined) return { ...replica, vault };
  const others = replica.failing.filter(({ name }) => name !== 'vault');
  return { ...replica, failing: [refused, ...others], vault };
}

function refusedBy({ lost }: VaultAccess): FailingDependency | undefined {
  if (lost.length === 0) return undefined;
  return {
    name: 'vault',
    cause: 'access_lost',
    since: Math.min(...lost.map(({ since }) => since)),
    detail: lost.map(({ detail }) => detail).join(' '),
  };
}
