import { backoffMs } from '../concurrency/backoff.ts';
import type { Alerts } from '../domain/alerts.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import type { ExchangeRecord, ExchangeResponse } from '../domain/exchange-record.ts';
import type { ExchangeStore } from '../domain/exchange-store.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import type { Secret } from '../domain/secret.ts';
import type { Stored } from '../domain/store.ts';
import type { Sameness } from './exchange-sameness.ts';

const REMEMBERED_MS = 15 * 60_000;
const IN_PROGRESS_MS = 30_000;
const POLL_MS = 250;
const GIVE_UP_MS = 30_000;
const GIVE_UP_RETRY = { firstMs: POLL_MS, mostMs: 5_000 };
const MAX_GIVING_UP = 1_000;

export interface ExchangeLedgerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly alerts: Alerts;
  readonly exchanges: ExchangeStore;
}

/** One code and the request that came with it. */
export interface ExchangeRequest extends Sameness {
  readonly code: Secret;
}

/** The write with which a call wants to claim the code, and the version that it makes. */
interface Intent extends ExchangeRequest {
  readonly writeId: string;
  readonly startedAt: number;
  readonly version: number;
}

/** The right to send the code: held by the one call that reads back its own write. */
export type Claim = Intent;

/** Remembers what became of each code, so that none is sent twice and a repeat learns the outcome. */
export class ExchangeLedger {
  readonly #deps: ExchangeLedgerDeps;
  #givingUp = 0;

  constructor(deps: ExchangeLedgerDeps) {
    this.#deps = deps;
  }

  /**
   * Claims the code, or tells what an earlier call came to. Waits for an outcome until `deadline`
   * on the monotonic clock.
   * @throws Failure CODE_REJECTED for another request, or too late; EXCHANGE_IN_PROGRESS,
   *   EXCHANGE_OUTCOME_UNKNOWN; the recorded failure; STORED_RECORD_CORRUPT; STORE_UNAVAILABLE,
   *   STORE_ACCESS_LOST
   */
  async claim(wanted: ExchangeRequest, deadline: number): Promise<Claim | ExchangeResponse> {
    let free: number | undefined = 0;
    do {
      const claimed = free === undefined ? undefined : await this.#tryClaim(wanted, free);
      if (claimed !== undefined) return claimed;
      const stored = await this.#deps.exchanges.read(wanted.code);
      const known = this.#known(stored, wanted);
      if (known === 'free') {
        // Refused and still free: a standby gives old records, for a moment.
        if (stored.version === free) await sleep(this.#deps.clock, POLL_MS);
        free = stored.version;
        continue;
      }
      // Only a version that nobody holds may be written over: never one that is pending.
      free = undefined;
      if ('userId' in known) return known;
      await this.#waitForOutcome(known.pendingSince, deadline);
    } while (this.#deps.clock.monotonic() < deadline);
    throw new Failure('EXCHANGE_IN_PROGRESS');
  }

  /** The code provably never left: a repeat may take over. Where Vault fails, this is tried on in the background. */
  async unsent(claim: Claim): Promise<void> {
    try {
      await this.#write(claim, { ...basis(claim), state: 'unsent' });
    } catch (error) {
      this.#note('exchange_not_given_up_yet', error);
      void this.#giveUp(claim);
    }
  }

  /** @throws Failure STORE_UNAVAILABLE, STORE_ACCESS_LOST: call again */
  async done(claim: Claim, response: ExchangeResponse): Promise<void> {
    await this.#write(claim, { ...basis(claim), state: 'done', response });
  }

  /** A definitive refusal. Best effort: without it a repeat is told that the outcome is unknown. */
  async failed(claim: Claim, { reason, metadata }: Failure): Promise<void> {
    try {
      await this.#write(claim, { ...basis(claim), state: 'failed', reason, metadata });
    } catch (error) {
      this.#note('exchange_refusal_not_recorded', error);
    }
  }

  async #tryClaim(wanted: ExchangeRequest, expectedVersion: number): Promise<Claim | undefined> {
    const { clock, exchanges, random } = this.#deps;
    const writeId = random.id();
    const version = expectedVersion + 1;
    const intent: Intent = { ...wanted, startedAt: clock.now(), writeId, version };
    const condition = { expectedVersion, writeId };
    try {
      const pending: ExchangeRecord = { ...basis(intent), state: 'pending' };
      const written = await exchanges.write(wanted.code, pending, condition);
      return written.outcome === 'committed' ? intent : undefined;
    } catch (error) {
      void this.#giveUp(intent);
      throw error;
    }
  }

  #known(
    stored: Stored<ExchangeRecord>,
    wanted: ExchangeRequest,
  ): ExchangeResponse | { readonly pendingSince: number } | 'free' {
    if (stored.kind === 'absent') return 'free';
    if (stored.kind === 'corrupt') {
      this.#deps.alerts.raise('stored_record_corrupt', { record: 'exchange' });
      throw new Failure('STORED_RECORD_CORRUPT');
    }
    const { record } = stored;
    if (![wanted.request, wanted.unexpecting].includes(record.request)) {
      this.#deps.metrics.count('tokenvault_security_events_total', { event: 'code_reused' });
      this.#deps.logger.warn('code_presented_for_another_request');
      throw new Failure('CODE_REJECTED', { detail: 'used for another request' });
    }
    if (record.state === 'unsent') return 'free';
    const age = this.#deps.clock.now() - record.startedAt;
    if (age > REMEMBERED_MS) throw new Failure('CODE_REJECTED', { detail: 'used before' });
    if (record.state === 'done') return record.response;
    if (record.state === 'failed') throw new Failure(record.reason, { metadata: record.metadata });
    return { pendingSince: record.startedAt };
  }

  async #waitForOutcome(startedAt: number, deadline: number): Promise<void> {
    const { clock } = this.#deps;
    if (clock.now() - startedAt >= IN_PROGRESS_MS) {
      throw new Failure('EXCHANGE_OUTCOME_UNKNOWN');
    }
    if (clock.monotonic() + POLL_MS >= deadline) throw new Failure('EXCHANGE_IN_PROGRESS');
    await sleep(clock, POLL_MS);
  }

  /** A claim that is not used, and that may still land: the code was never sent. */
  async #giveUp(intent: Intent): Promise<void> {
    const { clock, random } = this.#deps;
    if (this.#givingUp >= MAX_GIVING_UP) return;
    this.#givingUp += 1;
    const end = clock.monotonic() + GIVE_UP_MS;
    for (let attempt = 1; clock.monotonic() < end; attempt += 1) {
      await sleep(clock, backoffMs(attempt, GIVE_UP_RETRY, random));
      if (await this.#isGivenUp(intent)) break;
    }
    this.#givingUp -= 1;
  }

  async #isGivenUp(intent: Intent): Promise<boolean> {
    try {
      const stored = await this.#deps.exchanges.read(intent.code);
      if (stored.version < intent.version) return false;
      if (stored.kind === 'present' && stored.writeId === intent.writeId) {
        await this.#write(intent, { ...basis(intent), state: 'unsent' });
      }
      return true;
    } catch (error) {
      this.#note('exchange_not_given_up_yet', error);
      return false;
    }
  }

  /**
   * Nobody else writes over a claim. So a conflict says that an earlier try has landed, or comes from
   * a standby, which refuses by what it has heard of.
   * @throws Failure STORE_UNAVAILABLE, STORE_ACCESS_LOST: call again
   */
  async #write(claim: Claim, record: ExchangeRecord): Promise<void> {
    const { exchanges, random } = this.#deps;
    const condition = { expectedVersion: claim.version, writeId: random.id() };
    const written = await exchanges.write(claim.code, record, condition);
    if (written.outcome === 'committed') return;
    const { version } = await exchanges.read(claim.code);
    if (version > claim.version) return;
    throw new Failure('STORE_UNAVAILABLE', { detail: 'a standby refused a write' });
  }

  #note(event: string, error: unknown): void {
    const reason = isFailure(error) ? error.reason : 'INTERNAL';
    this.#deps.logger.warn(event, { reason });
  }
}

function basis({ request, startedAt }: Intent): Pick<ExchangeRecord, 'request' | 'startedAt'> {
  return { request, startedAt };
}
