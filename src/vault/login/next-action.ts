import type { Cancel, Clock } from '../../domain/clock.ts';

/** Node's timers end at once from 2^31 ms on; a token may well live longer. */
const LONGEST_TIMER_MS = 24 * 3_600_000;

/** The one thing that comes next, whatever was planned before. */
export class NextAction {
  readonly #clock: Clock;
  #cancel: Cancel = () => undefined;
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param time monotonic, milliseconds */
  at(time: number, action: () => unknown): void {
    this.#cancel();
    if (this.#stopped) return;
    const left = time - this.#clock.monotonic();
    this.#cancel =
      left > LONGEST_TIMER_MS
        ? this.#clock.schedule(LONGEST_TIMER_MS, () => this.at(time, action))
        : this.#clock.schedule(Math.max(0, left), () => void action());
  }

  none(): void {
    this.#cancel();
  }

  /** From now on nothing comes next. */
  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }
}
