import type { Clock } from '../domain/clock.ts';

const SECOND_MS = 1_000;

/** How often something happens, from the last two seconds alone. */
export class RateMeter {
  readonly #clock: Clock;
  #second = 0;
  #count = 0;
  #before = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(): void {
    this.#turn();
    this.#count += 1;
  }

  /** Of the second under way and the one before, the busier. */
  get perSecond(): number {
    this.#turn();
    return Math.max(this.#count, this.#before);
  }

  #turn(): void {
    const second = Math.floor(this.#clock.monotonic() / SECOND_MS);
    if (second === this.#second) return;
    this.#before = second === this.#second + 1 ? this.#count : 0;
    this.#count = 0;
    this.#second = second;
  }
}
