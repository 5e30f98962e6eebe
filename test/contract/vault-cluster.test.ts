import { afterAll, beforeAll, inject } from 'vitest';
import { type Cluster, startCluster } from '../support/openbao-cluster.ts';
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
