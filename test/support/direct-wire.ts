import { Secret } from '../../src/domain/secret.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { VaultClient, type VaultWire } from '../../src/vault/vault-client.ts';
import { VaultFault } from '../../src/vault/vault-fault.ts';
import type { VaultCluster } from '../simulation/world/vault/cluster.ts';
import { RecordingMetrics } from './recording/metrics.ts';

export const TOKEN = new Secret('s.token');

/** A wire to one simulated node that loses nothing and takes no time. */
export function directWire(cluster: VaultCluster, address: string): VaultWire {
  return {
    async send(request) {
      const node = cluster.nodeAt(address);
      const reply = node && cluster.answer(node, request);
      if (reply !== undefined && reply !== 'forward') return reply;
      const forwarded = cluster.leader && cluster.answer(cluster.leader, request);
      if (forwarded !== undefined && forwarded !== 'forward') return forwarded;
      throw new VaultFault({ sent: false, code: 'ECONNREFUSED' });
    },
    close: () => Promise.resolve(),
  };
}

/** The vendor's client on such a wire. */
export function directClient(cluster: VaultCluster, address: string): VaultClient {
  const options = {
    address,
    token: () => TOKEN,
    timeoutMs: 2_000,
    metrics: new RecordingMetrics(),
    clock: systemClock,
  };
  return new VaultClient(options, directWire(cluster, address));
}
