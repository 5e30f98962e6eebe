import { Places } from '../concurrency/places.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { ServiceLimits } from './limits.ts';
import type { RefreshTurn } from './refresh-turn.ts';

const MOST_WAITING = 2_000;
const PATIENCE_MS = 20_000;

export interface BatchReadsDeps {
  readonly clock: Clock;
  readonly limits: Pick<ServiceLimits, 'batchReads'>;
}

/** Reads of users' records that batches need: together they take a part of the way to Vault at most. */
export class BatchReads {
  readonly #clock: Clock;
  readonly #places: Places;

  constructor({ clock, limits }: BatchReadsDeps) {
    this.#clock = clock;
    this.#places = new Places({ places: limits.batchReads, waiting: MOST_WAITING }, clock);
  }

  /**
   * @param turn in which it reads: a read that waits becomes one like all others when it has to hurry
   * @throws Failure NOT_READY where too many wait, or for too long; what `read` throws
   */
  async run<T>(read: () => Promise<T>, turn?: Pick<RefreshTurn, 'hurry' | 'until'>): Promise<T> {
    const { hurry, until = Number.POSITIVE_INFINITY } = turn ?? {};
    if (hurry?.aborted) return read();
    const patienceMs = Math.min(PATIENCE_MS, until - this.#clock.monotonic());
    const hasPlace = await this.#places.take(patienceMs, hurry);
    if (!hasPlace && !hurry?.aborted) {
      throw new Failure('NOT_READY', { detail: 'too many reads for batches at a time' });
    }
    try {
      return await read();
    } finally {
      if (hasPlace) this.#places.giveBack();
    }
  }
}
