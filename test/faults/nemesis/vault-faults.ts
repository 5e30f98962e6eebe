import { setTimeout as wait } from 'node:timers/promises';
import type { ClusterNode } from '../../support/cluster-node.ts';
import { until } from '../../support/until.ts';
import type { Seeded } from '../workload/seeded.ts';
import type { FaultWorld } from '../world/fault-world.ts';
import type { RealFault } from './fault.ts';

function active({ cluster }: FaultWorld): Promise<ClusterNode> {
  return until('a node is active', () => cluster.active());
}

async function anyNode(world: FaultWorld, random: Seeded): Promise<ClusterNode> {
  return random.pick(world.cluster.nodes);
}

/** Frozen for less than an election takes, or for longer. */
async function freeze(node: ClusterNode, random: Seeded): Promise<void> {
  node.freeze();
  await wait(random.chance(0.4) ? random.between(100, 900) : random.between(2_000, 6_000));
  node.thaw();
}

/** Each leaves the cluster with three nodes that are well, so that two never fail together. */
export const VAULT_FAULTS: readonly RealFault[] = [
  {
    kind: 'vault: kill -9 of the active node',
    weight: 3,
    async run(world, random) {
      const node = await active(world);
      await node.kill();
      await wait(random.between(0, 4_000));
      await node.start();
      await world.cluster.healthy();
    },
  },
  {
    kind: 'vault: SIGSTOP of the active node',
    weight: 3,
    async run(world, random) {
      await freeze(await active(world), random);
      await world.cluster.healthy();
    },
  },
  {
    kind: 'vault: SIGSTOP of some node',
    weight: 1,
    async run(world, random) {
      await freeze(await anyNode(world, random), random);
      await world.cluster.healthy();
    },
  },
  {
    kind: 'vault: step-down',
    weight: 3,
    async run(world) {
      await (await active(world)).stepDown(world.cluster.rootToken);
      await world.cluster.healthy();
    },
  },
  {
    kind: 'vault: seal of the active node',
    weight: 2,
    async run(world, random) {
      const node = await active(world);
      await node.seal(world.cluster.rootToken);
      await wait(random.between(0, 4_000));
      await node.restart();
      await world.cluster.healthy();
    },
  },
  {
    kind: 'vault: SIGSTOP of all nodes',
    weight: 1,
    async run(world, random) {
      for (const node of world.cluster.nodes) node.freeze();
      await wait(random.between(500, 4_000));
      for (const node of world.cluster.nodes) node.thaw();
      await world.cluster.healthy();
    },
  },
];
