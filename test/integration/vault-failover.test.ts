import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { newUserRecord } from '../../src/domain/user-record.ts';
import type { ClusterNode } from '../support/cluster-node.ts';
import { freshVault, type TestVault } from '../support/openbao.ts';
import { type Cluster, firstNode, startCluster } from '../support/openbao-cluster.ts';

const USER = '100000000000000000001';

/** The adapter before a cluster whose standbys answer reads, often with old values. */
describe('Vault’s active node changes', { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let ready: TestVault;

  beforeAll(async () => {
    cluster = await startCluster(inject('openBaoBinary'));
    const addresses = cluster.nodes.map(({ address }) => address).reverse();
    ready = await freshVault({ server: firstNode(cluster), addresses, requestTimeoutMs: 1_000 });
  }, 60_000);
  afterAll(async () => {
    await ready?.close();
    await cluster?.stop();
  });

  const term = () => ready.vault.revocations.leaderTerm();

  async function activeNode(): Promise<ClusterNode> {
    const named = await term();
    const node = cluster.nodes.find(({ address }) => named.startsWith(`${address} `));
    if (node === undefined) throw new Error(named);
    return node;
  }

  /** Waits until somebody else is active. */
  async function succeeded(before: string): Promise<void> {
    const isNew = async () => (await term().catch(() => before)) !== before;
    await vi.waitUntil(isNew, { timeout: 20_000, interval: 100 });
  }

  async function write(expectedVersion: number): Promise<void> {
    const condition = { expectedVersion, writeId: `write-${expectedVersion}` };
    await vi.waitUntil(
      async () => {
        const record = newUserRecord(USER, expectedVersion);
        const result = await ready.vault.users.write(record, condition).catch(() => undefined);
        return result?.outcome === 'committed';
      },
      { timeout: 20_000, interval: 100 },
    );
  }

  it('reads what was written just now, every time', async () => {
    await write(0);
    expect(await term()).toContain(firstNode(cluster).address);
    for (let version = 1; version <= 50; version += 1) {
      await write(version);
      expect(await ready.vault.users.read(USER)).toMatchObject({ version: version + 1 });
    }
  });

  it('does not go back to a node that was deposed while it was paused', async () => {
    const before = await term();
    const deposed = await activeNode();
    deposed.freeze();
    try {
      await succeeded(before);
      await write(51);
    } finally {
      deposed.thaw();
    }
    for (let version = 52; version <= 70; version += 1) {
      await write(version);
      expect(await ready.vault.users.read(USER)).toMatchObject({ version: version + 1 });
    }
    expect((await activeNode()).address).not.toBe(deposed.address);
  });

  it('has everything when the active node was killed', async () => {
    const before = await term();
    await (await activeNode()).kill();
    expect(await ready.vault.users.read(USER).catch((error: unknown) => error)).toMatchObject({
      reason: 'STORE_UNAVAILABLE',
    });
    await succeeded(before);
    expect(await ready.vault.users.read(USER)).toMatchObject({ version: 71 });
    await write(71);
  });
});
