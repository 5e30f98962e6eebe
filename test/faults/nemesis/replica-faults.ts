import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Seeded } from '../workload/seeded.ts';
import type { FaultWorld } from '../world/fault-world.ts';
import { FULL_DISK, type Replica } from '../world/replica.ts';
import type { RealFault } from './fault.ts';

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
    async run(world, random) {
      const replica = anyReplica(world, random);
      await kill(world, replica);
      await wait(random.between(0, 1_000));
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
    async run(world, random) {
      const replica = anyReplica(world, random);
      replica.freeze();
      await wait(random.between(100, 6_000));
      replica.thaw();
    },
  },
  {
    kind: 'replica: SIGTERM',
    weight: 1,
    async run(world, random) {
      const replica = anyReplica(world, random);
      await replica.terminate();
      await replica.start();
    },
  },
];

const FULL_DISK_FAULT: RealFault = {
  kind: 'replica: full disk',
  weight: 1,
  async run(world, random) {
    const replica = anyReplica(world, random);
    await kill(world, replica);
    await replica.start(FULL_DISK);
    await wait(random.between(2_000, 6_000));
    await kill(world, replica);
    await replica.start();
  },
};

/** Faults of the processes of the service themselves. */
export const REPLICA_FAULTS: readonly RealFault[] = existsSync(FULL_DISK)
  ? [...EVERYWHERE, FULL_DISK_FAULT]
  : EVERYWHERE;
