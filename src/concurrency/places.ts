import type { Clock } from '../domain/clock.ts';
import { WaitingLine } from './waiting-line.ts';

export interface PlacesOptions {
  /** Taken at a time. */
  readonly places: number;
  /** Those that may wait for one. */
  readonly waiting: number;
}

/** A number of places, and a line of those who wait for one. */
export class Places {
  readonly #line: WaitingLine;
  readonly #mostWaiting: number;
  #free: number;

  constructor({ places, waiting }: PlacesOptions, clock: Clock) {
    this.#line = new WaitingLine(clock);
    this.#mostWaiting = waiting;
    this.#free = places;
  }

  /**
   * @returns whether there is a place, which `giveBack` has to follow; false where too many wait, or
   *   none came free within `patienceMs`, or before `givesUp` was aborted
   */
  async take(patienceMs: number, givesUp?: AbortSignal): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    return this.#line.size < this.#mostWaiting && this.#line.join(patienceMs, givesUp);
  }

  /** To who has waited longest, if anybody waits. */
  giveBack(): void {
    if (this.#line.size > 0) this.#line.callNext();
    else this.#free += 1;
  }
}
