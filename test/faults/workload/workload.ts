import { setTimeout as wait } from 'node:timers/promises';
import type { FaultWorld } from '../world/fault-world.ts';
import type { Seeded } from './seeded.ts';
import { Tally } from './tally.ts';
import { UserLife } from './user-life.ts';

export interface WorkloadOptions {
  readonly world: FaultWorld;
  readonly random: Seeded;
  /** Callers that call one after the other. */
  readonly callers: number;
  /** Users at a time. */
  readonly users: number;
}

/** A user's story ends after so many calls, and another user comes: histories stay short enough to check. */
const CALLS_OF_A_LIFE = 40;
const LONGEST_PAUSE_MS = 40;

/** Callers that do what gateways and services do, at random, until they are told to stop. */
export class Workload {
  readonly tally = new Tally();
  readonly #options: WorkloadOptions;
  readonly #lives: UserLife[];
  readonly #ended: UserLife[] = [];
  #born = 0;
  #stopping = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: WorkloadOptions) {
    this.#options = options;
    this.#lives = Array.from({ length: options.users }, () => this.#birth());
  }

  start(): void {
    const callers = Array.from({ length: this.#options.callers }, () =>
      this.#call(this.#options.random.fork()),
    );
    this.#running = Promise.all(callers);
  }

  /** Resolves when every call has ended. @throws what went wrong with the callers themselves */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  /** Every user asks for a token, and is looked at: when nothing is broken any more. */
  async lastLook(): Promise<void> {
    const lives = [...this.#ended, ...this.#lives];
    for (const life of lives) {
      for (const { kind, outcome } of await life.lookAtAll(this.#options.world.replicas)) {
        this.tally.add(kind, outcome);
      }
    }
  }

  async #call(random: Seeded): Promise<void> {
    while (!this.#stopping) {
      const callees = this.#options.world.replicas.filter(({ serves }) => serves);
      if (callees.length > 0) {
        const { kind, outcome } = await this.#life(random).step(random.pick(callees), random);
        this.tally.add(kind, outcome);
      }
      await wait(random.between(0, LONGEST_PAUSE_MS));
    }
  }

  /** One of those that live; in place of one whose story is over a new one begins. */
  #life(random: Seeded): UserLife {
    const index = random.between(0, this.#lives.length - 1);
    const life = this.#lives[index] ?? this.#birth();
    if (life.calls < CALLS_OF_A_LIFE) return life;
    this.#ended.push(life);
    const next = this.#birth();
    this.#lives[index] = next;
    return next;
  }

  #birth(): UserLife {
    this.#born += 1;
    return new UserLife(`user-${this.#born}`, this.#options.world);
  }
}
