import type { Cancel, Clock } from '../../../src/domain/clock.ts';
import type { Dice } from './dice.ts';
import type { Scheduler } from './scheduler.ts';

export interface ProcessOptions {
  /** Another one for each start. */
  readonly name: string;
  /** Wall-clock time at the world's beginning, as this machine has it. */
  readonly wallAtStart: number;
}

/** Less than the world's clock can tell apart. */
const NO_TIME_MS = 1e-6;

/**
 * A process of the operating system, and its machine's clocks. Its steps are its timers, the answers
 * that reach it and the calls that come in; a stopped process takes none of them until it goes on, a
 * dead one never again.
 */
export class SimProcess implements Clock {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #dice: Dice;
  readonly #waiting: (() => void)[] = [];
  readonly #plans = new Map<number, () => void>();
  #state: 'running' | 'stopped' | 'dead' = 'running';
  #wall: number;
  /** How long the machine has slept: the monotonic clock stood still meanwhile. */
  #slept = 0;
  #steps = 0;

  constructor(options: ProcessOptions, deps: { scheduler: Scheduler; dice: Dice }) {
    this.name = options.name;
    this.#wall = options.wallAtStart;
    this.#scheduler = deps.scheduler;
    this.#dice = deps.dice;
  }

  get dice(): Dice {
    return this.#dice;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  now(): number {
    return this.#wall + this.#scheduler.now;
  }

  monotonic(): number {
    return this.#scheduler.now - this.#slept;
  }

  schedule(ms: number, action: () => void): Cancel {
    return this.#at(this.monotonic() + ms, action);
  }

  /** Lets something reach the process in `ms`. */
  reach(ms: number, action: () => void): Cancel {
    return this.#scheduler.after(ms, () => this.#step(action));
  }

  /** Does something to the process just before the step after the next `steps`. */
  interrupt(steps: number, what: () => void): void {
    this.#plans.set(this.#steps + steps, what);
  }

  /** Takes back what was to happen to it. */
  calm(): void {
    this.#plans.clear();
  }

  moveWall(ms: number): void {
    this.#wall += ms;
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting.length = 0;
  }

  /** SIGSTOP. */
  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  /** SIGCONT. What came meanwhile is done in any order. */
  continue(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    for (const action of this.#waiting.splice(0)) this.reach(0, action);
  }

  /** The machine slept for `ms`, which are over: its timers have to wait that much longer. */
  sleep(ms: number): void {
    this.#slept += ms;
  }

  #at(monotonic: number, action: () => void): Cancel {
    let cancelled = false;
    const fire = () => {
      const early = monotonic - this.monotonic();
      if (early > NO_TIME_MS) cancel = this.#scheduler.after(early, fire);
      else this.#step(action, () => cancelled);
    };
    let cancel = this.#scheduler.after(monotonic - this.monotonic(), fire);
    return () => {
      cancelled = true;
      cancel();
    };
  }

  #step(action: () => void, isCancelled: () => boolean = () => false): void {
    if (this.#state === 'dead' || isCancelled()) return;
    this.#steps += 1;
    const plan = this.#plans.get(this.#steps);
    if (plan !== undefined) {
      this.#plans.delete(this.#steps);
      plan();
    }
    if (this.#state === 'running') action();
    else if (this.#state === 'stopped') this.#waiting.push(() => isCancelled() || action());
  }
}
