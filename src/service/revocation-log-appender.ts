import { backoffMs } from '../concurrency/backoff.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { Random } from '../domain/random.ts';
import { MAX_LOG_APPEND, MAX_LOG_KEYS, type RevocationStore } from '../domain/revocation-store.ts';

const MAX_ATTEMPTS = 20;
const RETRY = { firstMs: 10, mostMs: 500 };

interface Waiting {
  readonly userKey: string;
  readonly resolve: (position: number) => void;
  readonly reject: (error: unknown) => void;
}

export interface LogAppenderDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly revocations: RevocationStore;
}

/** Appends to the revocation log; what comes while an append is under way goes out as one group. */
export class RevocationLogAppender {
  readonly #deps: LogAppenderDeps;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(deps: LogAppenderDeps) {
    this.#deps = deps;
  }

  /**
   * Names the user in the log.
   * @returns a position that is not before the new entry
   * @throws Failure STORE_UNAVAILABLE, STORE_ACCESS_LOST, CONCURRENT_UPDATE; the entry may be there
   */
  append(userKey: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ userKey, resolve, reject });
      if (!this.#running) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, MAX_LOG_APPEND);
      this.#waiting = this.#waiting.slice(MAX_LOG_APPEND);
      try {
        const position = await this.#write(group.map((waiting) => waiting.userKey));
        for (const waiting of group) waiting.resolve(position);
      } catch (error) {
        for (const waiting of group) waiting.reject(error);
      }
    }
    this.#running = false;
  }

  async #write(userKeys: readonly string[]): Promise<number> {
    const { clock, random, revocations } = this.#deps;
    const writeId = random.id();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const { version, log } = await revocations.readLog();
      const keys = [...log.keys, ...userKeys].slice(-MAX_LOG_KEYS);
      const next = { count: log.count + userKeys.length, keys };
      const written = await revocations.writeLog(next, { expectedVersion: version, writeId });
      if (written.outcome === 'committed') return next.count;
      await sleep(clock, backoffMs(attempt, RETRY, random));
    }
    throw new Failure('CONCURRENT_UPDATE', { detail: 'revocation log' });
  }
}
