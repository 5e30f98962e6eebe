import type { Secret } from '../../src/domain/secret.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import type { Policy } from '../../src/vault/admin/policies.ts';
import { createServiceToken } from '../../src/vault/admin/service-token.ts';
import { writePolicies } from '../../src/vault/admin/write-policies.ts';
import { VaultClient } from '../../src/vault/vault-client.ts';
import { sharedServer } from './openbao.ts';
import { RecordingMetrics } from './recording/metrics.ts';

/** Writes the policy into Vault and gives a token that holds nothing else. */
export async function tokenWith(root: VaultClient, policy: Policy): Promise<Secret> {
  await writePolicies(root, [policy]);
  return createServiceToken(root, { policy: policy.name, periodMs: 3_600_000 });
}

/** A client of the shared server that uses `token`. */
export function clientWith(token: Secret): VaultClient {
  return new VaultClient({
    address: sharedServer().address,
    token: () => token,
    timeoutMs: 10_000,
    metrics: new RecordingMetrics(),
    clock: systemClock,
  });
}
