import { type Cancel, type Clock, sleep } from '../domain/clock.ts';
import type { ExchangeStore } from '../domain/exchange-store.ts';
import { isFailure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Secret } from '../domain/secret.ts';

const KEEP_MS = 3_600_000;
const SWEEP_PAUSE_MS = 15_000;
const MAX_TIMERS = 10_000;

export interface ExchangeRemoverDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly exchanges: ExchangeStore;
}

/**
 * Removes exchange records after an hour: each by its maker's timer, and what makers left behind by
 * a slow sweep over one shard at a time.
 */
export class ExchangeRemover {
  readonly #deps: ExchangeRemoverDeps;
  readonly #timers = new Set<Cancel>();
  readonly #stopped = new AbortController();

  constructor(deps: ExchangeRemoverDeps) {
    this.#deps = deps;
  }

  start(): void {
    void this.#sweep();
  }

  stop(): void {
    this.#stopped.abort();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  /** Beyond the bound the sweep does it. */
  removeLater(code: Secret): void {
    if (this.#timers.size >= MAX_TIMERS) return;
    const cancel = this.#deps.clock.schedule(KEEP_MS, () => {
      this.#timers.delete(cancel);
      this.#deps.exchanges.remove(code).catch((error: unknown) => this.#note(error));
    });
    this.#timers.add(cancel);
  }

  async #sweep(): Promise<void> {
    const { clock, exchanges } = this.#deps;
    for (let shard = 0; ; shard = (shard + 1) % exchanges.shards) {
      await sleep(clock, SWEEP_PAUSE_MS, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      await exchanges.removeOlder(shard, KEEP_MS).catch((error: unknown) => this.#note(error));
    }
  }

  #note(error: unknown): void {
    const reason = isFailure(error) ? error.reason : 'INTERNAL';
    this.#deps.logger.debug('exchange_record_not_removed_yet', { reason });
  }
}
