import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { decodePathKey, PATH_KEY_PATH } from '../../src/vault/mount-records.ts';
import { openVault, type Vault } from '../../src/vault/open-vault.ts';
import type { PathKey } from '../../src/vault/path-key.ts';
import { VaultClient } from '../../src/vault/vault-client.ts';
import type { ClusterNode } from '../support/cluster-node.ts';
import { FaultyProxy } from '../support/faulty-proxy.ts';
import { freshVault, type TestVault } from '../support/openbao.ts';
import type { Cluster } from '../support/openbao-cluster.ts';
import { until } from '../support/until.ts';
import { DirectUsers } from './direct-users.ts';
import type { ClusterWorld, PausedNode } from './vault-cluster.ts';

const PATIENT_MS = 2_000;
/** A leader that was stopped for half a second resigns: a write and its reading back take less. */
const HASTY_MS = 150;

/** The real adapter before three real nodes, with a proxy before each of them. */
export class RealClusterWorld implements ClusterWorld {
  readonly #cluster: Cluster;
  readonly #ready: TestVault;
  readonly #hasty: Vault;
  readonly #proxies: readonly FaultyProxy[];
  readonly #standby: DirectUsers;
  readonly #directs: DirectUsers[];

  private constructor(
    cluster: Cluster,
    parts: {
      readonly ready: TestVault;
      readonly hasty: Vault;
      readonly proxies: readonly FaultyProxy[];
      readonly standby: DirectUsers;
    },
  ) {
    this.#cluster = cluster;
    this.#ready = parts.ready;
    this.#hasty = parts.hasty;
    this.#proxies = parts.proxies;
    this.#standby = parts.standby;
    this.#directs = [parts.standby];
  }

  /** All nodes of `cluster` must be well. Each world has mounts of its own. */
  static async open(cluster: Cluster): Promise<RealClusterWorld> {
    const proxies = await Promise.all(
      cluster.nodes.map(({ address }) => FaultyProxy.start(address)),
    );
    const active = await activeNode(cluster);
    const ready = await freshVault({
      server: { address: active.address, rootToken: cluster.rootToken },
      addresses: proxies.map(({ url }) => url),
      requestTimeoutMs: PATIENT_MS,
    });
    const { options, logger, metrics } = ready;
    const hastyOptions = { ...options, requestTimeoutMs: HASTY_MS, readRetries: 0 };
    const deps = { clock: systemClock, random: systemRandom, logger, metrics };
    // On a busy machine it may be too hasty to open at once.
    const hasty = await until('the hasty adapter is open', () =>
      openVault(hastyOptions, deps).catch(() => undefined),
    );
    const node = cluster.nodes.find((other) => other !== active);
    if (node === undefined) throw new Error('no standby');
    const standby = directUsers(ready, node.address);
    // A mount is new to a standby for some seconds.
    await until('the standby knows the mount', () =>
      standby.read('nobody').then(
        () => true,
        () => false,
      ),
    );
    return new RealClusterWorld(cluster, { ready, hasty, proxies, standby });
  }

  get users() {
    return this.#ready.vault.users;
  }

  get hasty() {
    return this.#hasty;
  }

  get revocations() {
    return this.#ready.vault.revocations;
  }

  readAtStandby(userId: string) {
    return this.#standby.read(userId);
  }

  loseNextWrite(what: 'request' | 'reply'): void {
    // Which one is active is not known to a proxy; the others get no writes.
    for (const proxy of this.#proxies) proxy.plan({ cut: what, request: 'POST ' });
  }

  async pauseActive(): Promise<PausedNode> {
    const node = await activeNode(this.#cluster);
    const direct = directUsers(this.#ready, node.address);
    this.#directs.push(direct);
    node.freeze();
    return { goOn: () => node.thaw(), read: (userId) => direct.read(userId) };
  }

  async deposeActive(): Promise<void> {
    await (await activeNode(this.#cluster)).stepDown(this.#cluster.rootToken);
  }

  async killActive(): Promise<void> {
    await (await activeNode(this.#cluster)).kill();
  }

  async until(condition: () => Promise<boolean>, timeoutMs?: number): Promise<void> {
    await until('what the scenario waits for', condition, { timeoutMs });
  }

  /** Leaves the cluster as well as it was. */
  async close(): Promise<void> {
    for (const node of this.#cluster.nodes) {
      node.thaw();
      if (node.state === 'down') await node.start();
    }
    await this.#cluster.healthy();
    await Promise.all(this.#directs.map((direct) => direct.close()));
    await this.#hasty.close();
    await this.#ready.close();
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}

function activeNode(cluster: Cluster): Promise<ClusterNode> {
  return until('a node is active', () => cluster.active());
}

function directUsers(
  { options, token, mount, metrics, root }: TestVault,
  address: string,
): DirectUsers {
  const { requestTimeoutMs: timeoutMs } = options;
  return new DirectUsers({
    address,
    mount,
    clock: systemClock,
    random: systemRandom,
    connect: (node) =>
      new VaultClient({
        ...options,
        address: node,
        token: () => token,
        timeoutMs,
        metrics,
        clock: systemClock,
      }),
    async pathKey(): Promise<PathKey> {
      const { body } = await root.read(`${mount}/data/${PATH_KEY_PATH}`);
      const key = decodePathKey(Object(body).data.data);
      if (key === undefined) throw new Error('no path key');
      return key;
    },
  });
}
