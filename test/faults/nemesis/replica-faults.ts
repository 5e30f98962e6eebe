import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Seeded } from '../workload/seeded.ts';
import type { FaultWorld } from '../world/fault-world.ts';
import { FULL_DISK, type Replica } from '../world/replica.ts';
import { lasting, type RealFault } from './fault.ts';

async function kill({ histories }: FaultWorld, replica: Replica): Promise<void> {
  const { name } = replica;
  await replica.kill();
  histories.factOfAll({ kind: 'crashed', replica: name });
}

function anyReplica({ replicas }: FaultWorld, random: Seeded): Replica {
  return random.pick(replicas);
}

const EVERYWHERE: readonly RealFault[] = [
  {
    kind: 'replica: kill -9',
    weight: 4,
    async run(world, terms) {
      const replica = anyReplica(world, terms.random);
      await kill(world, replica);
      await wait(terms.random.between(0, 1_000));
      await replica.start();
    },
  },
  {
    kind: 'replica: kill -9 of all',
    weight: 0.5,
    async run(world) {
      await Promise.all(world.replicas.map((replica) => kill(world, replica)));
      await Promise.all(world.replicas.map((replica) => replica.start()));
    },
  },
  {
    kind: 'replica: SIGSTOP',
    weight: 3,
    async run(world, terms) {
      const replica = anyReplica(world, terms.random);
      replica.freeze();
      await lasting(terms);
      replica.thaw();
    },
  },
  {
    kind: 'replica: SIGTERM',
    weight: 1,
    async run(world, terms) {
      const replica = anyReplica(world, terms.random);
      await replica.terminate();
      await replica.start();
    },
  },
];

const FULL_DISK_FAULT: RealFault = {
  kind: 'replica: full disk',
  weight: 1,
  async run(world, terms) {
    const replica = anyReplica(world, terms.random);
    await kill(world, replica);
    await replica.start(FULL_DISK);
    await lasting(terms);
    await kill(world, replica);
    await replica.start();
  },
};

/** Faults of the processes of the service themselves. */
export const REPLICA_FAULTS: readonly RealFault[] = existsSync(FULL_DISK)
  ? [...EVERYWHERE, FULL_DISK_FAULT]
  : EVERYWHERE;
