import { setTimeout as wait } from 'node:timers/promises';
import type { ClusterNode } from '../../support/cluster-node.ts';
import { until } from '../../support/until.ts';
import type { FaultWorld } from '../world/fault-world.ts';
import { type FaultTerms, lasting, type RealFault } from './fault.ts';

function active({ cluster }: FaultWorld): Promise<ClusterNode> {
  return until('a node is active', () => cluster.active());
}

/** Frozen for less than an election takes, or for longer. */
async function freeze(node: ClusterNode, { random, longestMs }: FaultTerms): Promise<void> {
  node.freeze();
  await wait(random.chance(0.4) ? random.between(100, 900) : random.between(2_000, longestMs));
  node.thaw();
}

/** Each leaves the cluster with three nodes that are well, so that two never fail together. */
export const VAULT_FAULTS: readonly RealFault[] = [
  {
    kind: 'vault: kill -9 of the active node',
    weight: 3,
    async run(world, terms) {
      const node = await active(world);
      await node.kill();
      await lasting(terms);
      await node.start();
      await world.cluster.healthy();
    },
  },
  {
    kind: 'vault: SIGSTOP of the active node',
    weight: 3,
    async run(world, terms) {
      await freeze(await active(world), terms);
      await world.cluster.healthy();
    },
  },
  {
    kind: 'vault: SIGSTOP of some node',
    weight: 1,
    async run(world, terms) {
      await freeze(terms.random.pick(world.cluster.nodes), terms);
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
    async run(world, terms) {
      const node = await active(world);
      await node.seal(world.cluster.rootToken);
      await lasting(terms);
      await node.restart();
      await world.cluster.healthy();
    },
  },
  {
    kind: 'vault: SIGSTOP of all nodes',
    weight: 1,
    async run(world, terms) {
      for (const node of world.cluster.nodes) node.freeze();
      await lasting(terms);
      for (const node of world.cluster.nodes) node.thaw();
      await world.cluster.healthy();
    },
  },
];
