import { setTimeout as wait } from 'node:timers/promises';
import type { RevocationStore } from '../../src/domain/revocation-store.ts';

const LOOK_EVERY_MS = 10;

/** Looks into the revocation log all the time, past TokenVault, to know when an entry came there. */
export class LogWatch {
  readonly #revocations: RevocationStore;
  readonly #cameAt = new Map<string, number>();
  readonly #looking: Promise<void>;
  #count = 0;
  #stopped = false;

  constructor(revocations: RevocationStore) {
    this.#revocations = revocations;
    this.#looking = this.#look();
  }

  /**
   * When the first entry of this user was not there yet, on the clock of `performance.now()`: at most
   * the time between two looks before Vault committed it.
   */
  before(userKey: string): number | undefined {
    return this.#cameAt.get(userKey);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#looking;
  }

  async #look(): Promise<void> {
    let lookedAt = performance.now();
    while (!this.#stopped) {
      const begun = performance.now();
      const { log } = await this.#revocations.readLog();
      const added = Math.min(log.count - this.#count, log.keys.length);
      for (const key of added > 0 ? log.keys.slice(-added) : []) {
        if (!this.#cameAt.has(key)) this.#cameAt.set(key, lookedAt);
      }
      this.#count = log.count;
      lookedAt = begun;
      await wait(LOOK_EVERY_MS);
    }
  }
}
