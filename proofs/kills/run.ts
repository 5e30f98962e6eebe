import { setTimeout as wait } from 'node:timers/promises';
import { Seeded } from '../../test/faults/workload/seeded.ts';
import type { FaultWorld } from '../../test/faults/world/fault-world.ts';
import { Lane, type Victim } from './lane.ts';
import type { Aim } from './paths.ts';
import { wavesOf } from './plan.ts';

/** The same points in the same order, whenever it runs. */
const SEED = 1;
/** By then the last late request has arrived. */
const LATEST_MS = 2_000;

/** Kills side by side: each lane takes the next aim as soon as its replica serves again. */
export class Run {
  readonly victims: Victim[] = [];
  readonly #world: FaultWorld;
  readonly #random = new Seeded(SEED);
  readonly #lanes: readonly Lane[];
  #users = 0;

  constructor(world: FaultWorld) {
    const [survivor, ...killed] = world.replicas;
    if (survivor === undefined) throw new Error('no replicas');
    this.#world = world;
    this.#lanes = killed.map(
      (replica) => new Lane({ world, replica, survivor, random: this.#random.fork() }),
    );
  }

  /** Calls that ended before their moment came; the aim was taken once more. */
  get missed(): number {
    return this.#users - this.victims.length;
  }

  async play(kills: number): Promise<void> {
    for (const { rotates, aims } of wavesOf(kills, this.#random)) {
      this.#world.app.google.rotateRefreshTokens(rotates);
      const left = [...aims];
      await Promise.all(this.#lanes.map((lane) => this.#drive(lane, left)));
      await wait(LATEST_MS);
    }
  }

  async #drive(lane: Lane, left: Aim[]): Promise<void> {
    for (let aim = left.shift(); aim !== undefined; aim = left.shift()) {
      this.#users += 1;
      const victim = await lane.strike(aim, `user-${this.#users}`);
      if (victim !== undefined) this.victims.push(victim);
      else left.push(aim);
    }
  }
}
