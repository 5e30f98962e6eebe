import { setTimeout as wait } from 'node:timers/promises';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import type { Call } from './callers.ts';

/** What became of the calls since the last look. */
export interface LoadFigures {
  readonly ended: number;
  readonly failed: number;
  /** Of each call that ended well, milliseconds. */
  readonly latencies: readonly number[];
}

export interface SteadyLoadOptions {
  /** They take turns. */
  readonly callers: readonly Call[];
  readonly perSecond: number;
  /** What is called, for the list of failures. */
  readonly what: string;
  /** The user of call number `index`. */
  readonly userOf: (index: number) => string;
}

const TICK_MS = 5;

/** Calls at a fixed rate, however long each takes: a server that is slow is not asked less often. */
export class SteadyLoad {
  /** How often a call failed in which way, over all. */
  readonly failures = new Map<string, number>();
  readonly #options: SteadyLoadOptions;
  readonly #underWay = new Set<Promise<void>>();
  #latencies: number[] = [];
  #failed = 0;
  #stopped = false;
  readonly #sending: Promise<void>;

  constructor(options: SteadyLoadOptions) {
    this.#options = options;
    this.#sending = this.#send();
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** The figures since the last time; they begin anew. */
  take(): LoadFigures {
    const latencies = this.#latencies;
    const failed = this.#failed;
    this.#latencies = [];
    this.#failed = 0;
    return { ended: latencies.length + failed, failed, latencies };
  }

  /** Sends no more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#sending;
    await Promise.all(this.#underWay);
  }

  async #send(): Promise<void> {
    const startedAt = performance.now();
    let sent = 0;
    while (!this.#stopped) {
      const due = ((performance.now() - startedAt) / 1_000) * this.#options.perSecond;
      for (; sent < due; sent += 1) this.#call(sent);
      await wait(TICK_MS);
    }
  }

  #call(index: number): void {
    const { callers, userOf } = this.#options;
    const call = callers[index % callers.length];
    if (call === undefined) return;
    const sentAt = performance.now();
    const ended = call(userOf(index)).then(
      () => void this.#latencies.push(performance.now() - sentAt),
      (error: unknown) => this.#fail(index % callers.length, error),
    );
    this.#underWay.add(ended);
    void ended.then(() => this.#underWay.delete(ended));
  }

  #fail(caller: number, error: unknown): void {
    this.#failed += 1;
    const how = `${this.#options.what} by caller ${caller + 1}: ${nameOf(error)}`;
    this.failures.set(how, (this.failures.get(how) ?? 0) + 1);
  }
}

function nameOf(error: unknown): string {
  if (error instanceof TokenVaultError)
    return [error.code, error.reason, error.connection].join(' ');
  return error instanceof Error ? error.message : 'no error';
}
