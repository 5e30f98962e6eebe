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

  /**
   * @param goesElsewhere sends it away
   * @returns true when it was called, false when `patienceMs` were over or it was sent away
   */
  join(patienceMs: number, goesElsewhere?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const sendAway = () => leave(false);
      const leave = (isCalled: boolean) => {
        cancel();
        goesElsewhere?.removeEventListener('abort', sendAway);
        this.#waiting.delete(leave);
        resolve(isCalled);
      };
      const cancel = this.#clock.schedule(patienceMs, sendAway);
      goesElsewhere?.addEventListener('abort', sendAway);
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
