import { afterAll, beforeAll, inject } from 'vitest';
import { type Cluster, startCluster } from '../support/openbao-cluster.ts';
import { SimClusterWorld } from './sim-cluster-world.ts';
import { vaultClusterContract } from './vault-cluster.ts';
import { RealClusterWorld } from './vault-cluster-world.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster(inject('openBaoBinary'));
});
afterAll(() => cluster?.stop());

vaultClusterContract('OpenBao', async (scenario) => {
  const world = await RealClusterWorld.open(cluster);
  try {
    await scenario(world);
  } finally {
    await world.close();
  }
});

/** Chance decides what a standby knows and when an election is over. */
const SEEDS = 20;

vaultClusterContract('the simulated Vault', async (scenario) => {
  for (let seed = 1; seed <= SEEDS; seed += 1) await SimClusterWorld.run(seed, scenario);
});
