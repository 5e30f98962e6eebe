import { inject, vi } from 'vitest';
import { call } from '../../src/dev/openbao/sys-api.ts';
import { Dice } from '../simulation/world/dice.ts';
import { VaultCluster } from '../simulation/world/vault/cluster.ts';
import { directClient } from '../support/direct-wire.ts';
import { freshMounts, rootClient } from '../support/openbao.ts';
import { firstNode, startCluster } from '../support/openbao-cluster.ts';
import { vaultStandbyContract } from './vault-standby.ts';

vaultStandbyContract('OpenBao', async () => {
  const cluster = await startCluster(inject('openBaoBinary'));
  const { address, rootToken } = firstNode(cluster);
  const clients = cluster.nodes.map((node) => rootClient({ ...node, rootToken }));
  const { mount } = await freshMounts(clientAt(clients, 0));
  const nodes = threeOf(clients);
  // A mount that was made a moment ago is not ready on a standby.
  const isReady = async () => (await nodes[1].read(`${mount}/data/settings`)).status === 200;
  await vi.waitUntil(isReady, { timeout: 20_000, interval: 100 });
  return {
    nodes,
    mount,
    stepDown: async () => {
      await call(address, 'POST', 'sys/step-down', { token: rootToken });
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await cluster.stop();
    },
  };
});

vaultStandbyContract('the simulated Vault', async () => {
  const addresses = [1, 2, 3].map((number) => `http://vault-${number}.example:8200`);
  const mounts = new Map([['m', { casRequired: true, maxVersions: 2 }]]);
  const clocks = { time: () => 0, wall: () => Date.UTC(2026, 0, 1) };
  const cluster = new VaultCluster({ addresses, mounts }, { dice: new Dice(1), ...clocks });
  return {
    nodes: threeOf(addresses.map((address) => directClient(cluster, address))),
    mount: 'm',
    stepDown: async () => cluster.elect(cluster.nodes[1]),
    close: () => Promise.resolve(),
  };
});

function threeOf<Client>(clients: readonly Client[]): readonly [Client, Client, Client] {
  return [clientAt(clients, 0), clientAt(clients, 1), clientAt(clients, 2)];
}

function clientAt<Client>(clients: readonly Client[], index: number): Client {
  const client = clients[index];
  if (client === undefined) throw new Error(`no node ${index}`);
  return client;
}
