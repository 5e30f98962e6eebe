import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { History } from '../simulation/history.ts';
import { Dice } from '../simulation/world/dice.ts';
import { CONFIG_MOUNT, MOUNT, SimVault } from '../simulation/world/sim-vault.ts';
import { directWire, TOKEN } from '../support/direct-wire.ts';
import { RecordingLogger } from '../support/recording/logger.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import type { ConfiguredClient, StoreHarness } from './store-harness.ts';

/** The real adapter on the simulated Vault, over wires that lose nothing and take no time. */
export async function simHarness(): Promise<StoreHarness> {
  const history = new History({ mode: 'available' }, () => 0);
  const clocks = { time: () => 0, wall: () => systemClock.now() };
  const profile = { vaultNodes: 1, boundMs: 2_000, mode: 'available' } as const;
  const simVault = new SimVault(profile, { dice: new Dice(1), history, users: [], ...clocks });
  const { cluster, pathKey } = simVault;
  const vault = await openVault(
    {
      addresses: cluster.nodes.map(({ address }) => address),
      mount: MOUNT,
      configMount: CONFIG_MOUNT,
      auth: { method: 'fixed', token: TOKEN },
      requestTimeoutMs: 2_000,
      readRetries: 0,
    },
    {
      clock: systemClock,
      random: systemRandom,
      logger: new RecordingLogger(),
      metrics: new RecordingMetrics(),
      connect: ({ address }) => directWire(cluster, address),
    },
  );
  const userPath = (userId: string) => `${MOUNT}/users/${pathKey.fanned('user', userId, 3)}`;
  const corrupt = async (path: string) => cluster.put(path, { record: '{"' });
  return {
    ...vault,
    corruptUser: (userId) => corrupt(userPath(userId)),
    corruptLink: (name) => corrupt(`${MOUNT}/links/${pathKey.fanned('link', name, 3)}`),
    corruptExchange: (code) => corrupt(`${MOUNT}/exchanges/${pathKey.fanned('exchange', code, 2)}`),
    async keptUserVersions(userId) {
      const versions = cluster.records().get(userPath(userId))?.kept.values() ?? [];
      return [...versions].filter(({ data }) => data !== undefined).length;
    },
    configureClient: async (alias, client) => simVault.configureClient(alias, flatFields(client)),
    breakClient: async (alias) =>
      simVault.configureClient(alias, { client_id: 'x', code_sources: 'mobile' }),
  };
}

/** As `vault kv put` would write it. */
function flatFields(client: ConfiguredClient): Record<string, string> {
  const [current, previous] = client.secrets;
  return {
    client_id: client.clientId,
    client_secret: current.reveal(),
    previous_client_secret: previous?.reveal() ?? '',
    redirect_uris: client.redirectUris.join(', '),
    code_sources: client.codeSources.join(' '),
    default_code_source: client.defaultCodeSource,
  };
}
