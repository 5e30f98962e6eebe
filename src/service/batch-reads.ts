import { Places } from '../concurrency/places.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';

/** Half of the requests to Vault that are under way at a time, and those that wait for one. */
const READS = { places: 16, waiting: 2_000 };
const PATIENCE_MS = 20_000;

/** Reads of users' records that batches need: together they take half of the way to Vault at most. */
export class BatchReads {
  readonly #places: Places;

  constructor(clock: Clock) {
    this.#places = new Places(READS, clock);
  }

  /**
   * @param hurry makes a read that waits one like all others
   * @throws Failure NOT_READY where too many wait, or for too long; what `read` throws
   */
  async run<T>(read: () => Promise<T>, hurry?: AbortSignal): Promise<T> {
    const hasPlace = await this.#places.take(PATIENCE_MS, hurry);
    if (!hasPlace && hurry?.aborted !== true) {
      throw new Failure('NOT_READY', { detail: 'too many reads for batches at a time' });
    }
    try {
      return await read();
    } finally {
      if (hasPlace) this.#places.giveBack();
    }
  }
}
