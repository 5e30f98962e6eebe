import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';

/** What is refused before there is a call with a caller and a method. */
export type Refused = 'connection_refused' | 'tls_refused' | 'call_refused';

export interface RefusalsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const LOG_EVERY_MS = 10_000;
/** Causes that are told apart in the log. The TLS library has some hundred, callers choose which. */
const MOST_CAUSES = 32;

/**
 * Counts refusals and logs them: the first of a kind at once, then one line in ten seconds with the
 * number that it stands for, because whoever is refused may try again at any rate.
 */
export class Refusals {
  readonly #deps: RefusalsDeps;
  readonly #logged = new Map<string, { at: number; more: number }>();

  constructor(deps: RefusalsDeps) {
    this.#deps = deps;
  }

  /** `cause` is a code, never a text of another party. */
  note(refused: Refused, cause: string): void {
    const { clock, logger, metrics } = this.#deps;
    metrics.count('tokenvault_refused_total', { refused });
    const now = clock.monotonic();
    const key = this.#keyOf(refused, cause);
    const last = this.#logged.get(key);
    if (last !== undefined && now - last.at < LOG_EVERY_MS) {
      last.more += 1;
      return;
    }
    this.#logged.set(key, { at: now, more: 0 });
    logger.warn(refused, { cause, times: 1 + (last?.more ?? 0) });
  }

  #keyOf(refused: Refused, cause: string): string {
    const key = `${refused} ${cause}`;
    return this.#logged.has(key) || this.#logged.size < MOST_CAUSES ? key : refused;
  }
}
