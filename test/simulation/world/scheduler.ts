import type { Dice } from './dice.ts';

/** Something that waits for its turn. */
interface Pending {
  /** World time, milliseconds. */
  readonly at: number;
  /** Decides between those that are due at the same time. */
  readonly tie: number;
  /** Undefined once cancelled: what it would have used can go. */
  run: (() => void) | undefined;
}

/** Steps that run in a row before the event loop gets a turn of its own. */
const STEPS_IN_A_ROW = 512;

/**
 * The one queue of everything that can happen next, and the world's time. Between two steps all
 * promises settle that can, so that a step and its consequences are one indivisible move.
 */
export class Scheduler {
  readonly #dice: Dice;
  readonly #heap: Pending[] = [];
  #now = 0;
  #steps = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** Milliseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** How many steps were taken. */
  get steps(): number {
    return this.#steps;
  }

  /** Runs `run` in `ms`, or now; among equals chance decides. */
  after(ms: number, run: () => void): () => void {
    const pending: Pending = {
      at: this.#now + Math.max(0, ms),
      tie: this.#dice.unit(),
      run,
    };
    this.#push(pending);
    return () => {
      pending.run = undefined;
    };
  }

  /** Takes steps until `isOver`, which is asked before each, or until nothing is left to do. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          if (isOver() || !this.#step()) resolve();
          else if (this.#steps % STEPS_IN_A_ROW === 0) setImmediate(step);
          else queueMicrotask(next);
        } catch (error) {
          reject(error);
        }
      };
      // Ticks wait for the end of all microtasks, also of those that these make.
      const next = () => process.nextTick(step);
      setImmediate(step);
    });
  }

  #step(): boolean {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      if (next.run === undefined) continue;
      this.#now = Math.max(this.#now, next.at);
      this.#steps += 1;
      next.run();
      return true;
    }
    return false;
  }

  #push(pending: Pending): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !isBefore(pending, parent)) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = pending;
  }

  #pop(): Pending | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || !isBefore(child, last)) break;
      heap[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(one: Pending, other: Pending): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie);
}
