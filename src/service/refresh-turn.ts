import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { Urgency } from './urgency.ts';

/** One turn to refresh tokens of a user and OAuth client. It ends at a time, whatever is under way then. */
export class RefreshTurn {
  /** On the monotonic clock. */
  readonly until: number;
  /** Aborted once somebody waits for it: until then it is for batches. */
  readonly hurry: AbortSignal;
  readonly #clock: Clock;
  #hasAskedGoogle = false;

  constructor(clock: Clock, until: number, hurry: AbortSignal) {
    this.#clock = clock;
    this.until = until;
    this.hurry = hurry;
  }

  get urgency(): Urgency {
    return this.hurry.aborted ? 'call' : 'batch';
  }

  get isOver(): boolean {
    return this.#clock.monotonic() >= this.until;
  }

  /**
   * Just before Google is asked.
   * @throws Failure NOT_READY where the turn is over: the next one may have begun
   */
  askGoogle(): void {
    if (this.isOver) throw turnOver();
    this.#hasAskedGoogle = true;
  }

  get hasAskedGoogle(): boolean {
    return this.#hasAskedGoogle;
  }
}

/** Google has nothing to do with it. */
export function turnOver(): Failure {
  return new Failure('NOT_READY', { detail: 'the turn of the refresh is over' });
}
