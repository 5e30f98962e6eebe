import type { Clock } from '../domain/clock.ts';

/** Those who wait for something that comes one at a time, in the order in which they came. */
export class WaitingLine {
  readonly #clock: Clock;
  readonly #waiting = new Set<(isCalled: boolean) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns true when it was called, false when `patienceMs` were over or it was sent away */
  join(patienceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const leave = (isCalled: boolean) => {
        cancel();
        this.#waiting.delete(leave);
        resolve(isCalled);
      };
      const cancel = this.#clock.schedule(patienceMs, () => leave(false));
      this.#waiting.add(leave);
    });
  }

  /** Calls who has waited longest. */
  callNext(): void {
    const [first] = this.#waiting;
    first?.(true);
  }

  /** Sends away those who came last, so that at most `most` are left. */
  cut(most: number): void {
    for (const leave of [...this.#waiting].slice(most)) leave(false);
  }
}
