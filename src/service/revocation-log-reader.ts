import { within } from '../concurrency/within.ts';
import type { Alerts } from '../domain/alerts.ts';
import { type Clock, instantOf, sleep } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { FailureCause } from '../domain/failure-cause.ts';
import type { Logger } from '../domain/logger.ts';
import type { RevocationStore } from '../domain/revocation-store.ts';
import type { ActiveTerm } from './active-term.ts';
import type { LogReading, RevocationView } from './revocation-view.ts';

const PAUSE_MS = 500;
const NO_REPLY_MS = 1_000;

export interface LogReaderDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly alerts: Alerts;
  readonly revocations: RevocationStore;
}

/** Since when the log cannot be read (wall clock, milliseconds), and why. */
export interface Unreadable {
  readonly since: number;
  readonly cause: FailureCause;
  readonly detail: string;
}

type Settled = { readonly beganAt: number; readonly outcome: 'advanced' | 'failed' };

/**
 * Reads the log for ever and moves the view. A reading counts only once the node that gave it is
 * seen, at least half a second later, to have been active all the time: a deposed leader answers
 * old values as if it were active, but only for milliseconds.
 */
export class RevocationLogReader {
  readonly #deps: LogReaderDeps;
  readonly #view: RevocationView;
  readonly #term: ActiveTerm;
  readonly #stopped = new AbortController();
  readonly #waiters = new Set<(settled: Settled) => void>();
  #unconfirmed: { readonly term: string; readonly reading: LogReading } | undefined;
  #failing: Unreadable | undefined;

  constructor(deps: LogReaderDeps, parts: { view: RevocationView; term: ActiveTerm }) {
    this.#deps = deps;
    this.#view = parts.view;
    this.#term = parts.term;
  }

  /** Starts reading. Resolves when the view has its first reading. */
  async start(): Promise<void> {
    const first = this.#until((settled) => settled.outcome === 'advanced');
    void this.#loop();
    await first;
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Undefined while the log can be read. */
  get failing(): Unreadable | undefined {
    return this.#failing;
  }

  /**
   * Waits until the view has moved on, or until a reading that began after this call has failed.
   */
  async next(): Promise<'advanced' | 'failed'> {
    const since = this.#deps.clock.monotonic();
    const settled = await this.#until(
      ({ outcome, beganAt }) => outcome === 'advanced' || beganAt >= since,
    );
    return settled.outcome;
  }

  async #loop(): Promise<void> {
    const { clock } = this.#deps;
    while (!this.#stopped.signal.aborted) {
      await this.#read();
      await sleep(clock, PAUSE_MS, this.#stopped.signal);
    }
  }

  async #read(): Promise<void> {
    const { clock, revocations } = this.#deps;
    const beganAt = clock.monotonic();
    const confirmed = this.#unconfirmed;
    this.#unconfirmed = undefined;
    try {
      const term = await this.#soon(this.#term.look({ atOnce: true }));
      if (confirmed?.term === term) {
        this.#advance(confirmed.reading);
        this.#settle({ beganAt, outcome: 'advanced' });
      }
      const began = instantOf(clock);
      const { log } = await this.#soon(revocations.readLog());
      this.#unconfirmed = { term, reading: { log, began } };
      this.#failing = undefined;
    } catch (error) {
      this.#noteFailure(error);
      this.#settle({ beganAt, outcome: 'failed' });
    }
  }

  /** A log that went back was restored from an old copy: revocations since then are lost. */
  #advance(reading: LogReading): void {
    const from = this.#view.position;
    const to = reading.log.count;
    if (to < from) this.#deps.alerts.raise('revocation_log_behind', { from, to });
    if (to !== from) this.#deps.logger.debug('revocation_log_moved', { from, to });
    this.#view.advance(reading);
  }

  #soon<T>(work: Promise<T>): Promise<T> {
    const onTimeout = () =>
      new Failure('STORE_UNAVAILABLE', { detail: 'no reply within 1 s', outside: 'slow' });
    return within(this.#deps.clock, NO_REPLY_MS, { work, onTimeout });
  }

  #noteFailure(error: unknown): void {
    const detail = error instanceof Failure ? (error.detail ?? error.reason) : 'unexpected';
    if (this.#failing === undefined)
      this.#deps.logger.warn('revocation_log_unreadable', { detail });
    const cause = (error instanceof Failure && error.outside) || 'error';
    this.#failing = { since: this.#failing?.since ?? this.#deps.clock.now(), cause, detail };
  }

  #until(matches: (settled: Settled) => boolean): Promise<Settled> {
    return new Promise((resolve) => {
      const waiter = (settled: Settled) => {
        if (!matches(settled)) return;
        this.#waiters.delete(waiter);
        resolve(settled);
      };
      this.#waiters.add(waiter);
    });
  }

  #settle(settled: Settled): void {
    for (const waiter of [...this.#waiters]) waiter(settled);
  }
}
