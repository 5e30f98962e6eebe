import type { Clock } from '../domain/clock.ts';

/** The time as text, made anew only when the millisecond has changed: under load many lines share one. */
export class IsoTime {
  readonly #clock: Clock;
  #ms = Number.NaN;
  #text = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): string {
    const ms = this.#clock.now();
    if (ms !== this.#ms) {
      this.#ms = ms;
      this.#text = new Date(ms).toISOString();
    }
    return this.#text;
  }
}
