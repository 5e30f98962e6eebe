import type { Alerts } from '../domain/alerts.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import type { LostConsents } from '../domain/lost-consents.ts';
import type { ExchangeCode } from './exchange-code.ts';
import type { HeldCommits } from './held-commits.ts';
import type { NameBinder } from './name-binder.ts';

export interface DrainDeps {
  readonly clock: Clock;
  readonly alerts: Alerts;
}

export interface DrainParts {
  readonly exchangeCode: Pick<ExchangeCode, 'drained' | 'running'>;
  readonly held: Pick<HeldCommits, 'drained' | 'giveUp' | 'size'>;
  readonly names: Pick<NameBinder, 'drained'>;
}

/** The end of what no caller waits for: exchanges under way, and tokens on their way into Vault. */
export class Drain {
  readonly #deps: DrainDeps;
  readonly #parts: DrainParts;

  constructor(deps: DrainDeps, parts: DrainParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /** Waits up to `graceMs`, then gives up what is left. */
  async run(graceMs: number): Promise<LostConsents> {
    const { exchangeCode, held, names } = this.#parts;
    const done = new AbortController();
    const drained = exchangeCode
      .drained()
      .then(() => held.drained())
      .then(() => names.drained());
    await Promise.race([drained, sleep(this.#deps.clock, graceMs, done.signal)]);
    done.abort();
    return this.giveUp();
  }

  /** Ends it at once, with an alert where anything is lost by it. */
  giveUp(): LostConsents {
    const { exchangeCode, held } = this.#parts;
    const lost = { tokens: held.size, exchanges: exchangeCode.running };
    held.giveUp();
    if (lost.tokens + lost.exchanges > 0) {
      this.#deps.alerts.raise('held_commit_lost', { reason: 'STOPPED', ...lost });
    }
    return lost;
  }
}
