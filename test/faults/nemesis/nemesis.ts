import { setTimeout as wait } from 'node:timers/promises';
import type { Seeded } from '../workload/seeded.ts';
import { Tally } from '../workload/tally.ts';
import type { FaultWorld } from '../world/fault-world.ts';
import type { RealFault } from './fault.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { REPLICA_FAULTS } from './replica-faults.ts';
import { VAULT_FAULTS } from './vault-faults.ts';

/** Of each list one fault at a time; those of different lists meet. */
const LANES: readonly (readonly RealFault[])[] = [VAULT_FAULTS, REPLICA_FAULTS, NETWORK_FAULTS];
const LONGEST_PEACE_MS = 2_000;
const LONGEST_MS = 6_000;

/** Does harm at random until it is told to stop. */
export class Nemesis {
  readonly tally = new Tally();
  readonly #world: FaultWorld;
  readonly #lanes: Promise<unknown>;
  #stopping = false;

  constructor(world: FaultWorld, random: Seeded) {
    this.#world = world;
    this.#lanes = Promise.all(LANES.map((lane) => this.#harm(lane, random.fork())));
  }

  /** Resolves when the last faults are over. @throws where one could not be mended */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#lanes;
  }

  async #harm(lane: readonly RealFault[], random: Seeded): Promise<void> {
    while (!this.#stopping) {
      await wait(random.between(0, LONGEST_PEACE_MS));
      const fault = random.weighted(lane);
      await fault.run(this.#world, { random, longestMs: LONGEST_MS });
      this.tally.add(fault.kind, 'done');
    }
  }
}
