import { type Clock, sleep } from '../domain/clock.ts';
import type { ExchangeRecord, ExchangeResponse } from '../domain/exchange-record.ts';
import type { ExchangeStore } from '../domain/exchange-store.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import type { Secret } from '../domain/secret.ts';
import type { Stored } from '../domain/store.ts';

const REMEMBERED_MS = 15 * 60_000;
const IN_PROGRESS_MS = 30_000;
const POLL_MS = 250;
const GIVE_UP_MS = 30_000;

export interface ExchangeLedgerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly exchanges: ExchangeStore;
}

/** One code and the request that came with it. */
export interface ExchangeRequest {
  readonly code: Secret;
  /** Keyed hash of the caller and of every field. */
  readonly request: string;
}

/** The right to send the code: held by the one call that reads back its own write. */
export interface Claim extends ExchangeRequest {
  readonly version: number;
  readonly startedAt: number;
}

/** Remembers what became of each code, so that none is sent twice and a repeat learns the outcome. */
export class ExchangeLedger {
  readonly #deps: ExchangeLedgerDeps;

  constructor(deps: ExchangeLedgerDeps) {
    this.#deps = deps;
  }

  /**
   * Claims the code, or tells what an earlier call came to. Waits for an outcome until `deadline`
   * on the monotonic clock.
   * @throws Failure CODE_REJECTED for another request, or too late; EXCHANGE_IN_PROGRESS,
   *   EXCHANGE_OUTCOME_UNKNOWN; the recorded failure; STORE_UNAVAILABLE, STORE_ACCESS_LOST
   */
  async claim(wanted: ExchangeRequest, deadline: number): Promise<Claim | ExchangeResponse> {
    let expectedVersion = 0;
    do {
      const claimed = await this.#tryClaim(wanted, expectedVersion);
      if (claimed !== undefined) return claimed;
      const stored = await this.#deps.exchanges.read(wanted.code);
      if (stored.kind === 'corrupt') throw new Failure('STORED_RECORD_CORRUPT');
      expectedVersion = stored.version;
      if (stored.kind === 'absent') continue;
      const known = this.#outcome(stored.record, wanted);
      if (known === 'claimable') continue;
      if (known !== 'pending') return known;
      await this.#waitForOutcome(stored.record.startedAt, deadline);
    } while (this.#deps.clock.monotonic() < deadline);
    throw new Failure('EXCHANGE_IN_PROGRESS');
  }

  /** The code provably never left: a repeat may take over. */
  unsent(claim: Claim): Promise<void> {
    return this.#conclude(claim, { ...basis(claim), state: 'unsent' });
  }

  /** @throws Failure STORE_UNAVAILABLE, STORE_ACCESS_LOST: call again */
  async done(claim: Claim, response: ExchangeResponse): Promise<void> {
    await this.#write(claim, { ...basis(claim), state: 'done', response });
  }

  /** A definitive refusal. Best effort: without it a repeat is told that the outcome is unknown. */
  failed(claim: Claim, { reason, metadata }: Failure): Promise<void> {
    return this.#conclude(claim, { ...basis(claim), state: 'failed', reason, metadata });
  }

  async #tryClaim(wanted: ExchangeRequest, expectedVersion: number): Promise<Claim | undefined> {
    const { clock, exchanges, random } = this.#deps;
    const startedAt = clock.now();
    const writeId = random.id();
    const pending: ExchangeRecord = { request: wanted.request, startedAt, state: 'pending' };
    try {
      const condition = { expectedVersion, writeId };
      const written = await exchanges.write(wanted.code, pending, condition);
      if (written.outcome === 'conflict') return undefined;
      return { ...wanted, version: written.version, startedAt };
    } catch (error) {
      void this.#giveUp(wanted, { writeId, startedAt });
      throw error;
    }
  }

  #outcome(
    record: ExchangeRecord,
    wanted: ExchangeRequest,
  ): ExchangeResponse | 'claimable' | 'pending' {
    if (record.request !== wanted.request) {
      this.#deps.metrics.count('tokenvault_security_events_total', { event: 'code_reused' });
      this.#deps.logger.warn('code_presented_for_another_request');
      throw new Failure('CODE_REJECTED', { detail: 'used for another request' });
    }
    if (record.state === 'unsent') return 'claimable';
    const age = this.#deps.clock.now() - record.startedAt;
    if (age > REMEMBERED_MS) throw new Failure('CODE_REJECTED', { detail: 'used before' });
    if (record.state === 'done') return record.response;
    if (record.state === 'failed') throw new Failure(record.reason, { metadata: record.metadata });
    return 'pending';
  }

  async #waitForOutcome(startedAt: number, deadline: number): Promise<void> {
    const { clock } = this.#deps;
    if (clock.now() - startedAt >= IN_PROGRESS_MS) {
      throw new Failure('EXCHANGE_OUTCOME_UNKNOWN');
    }
    if (clock.monotonic() + POLL_MS >= deadline) throw new Failure('EXCHANGE_IN_PROGRESS');
    await sleep(clock, POLL_MS);
  }

  /** A create whose reply was lost may land late: then the code was never sent. */
  async #giveUp(
    wanted: ExchangeRequest,
    mine: { readonly writeId: string; readonly startedAt: number },
  ): Promise<void> {
    const { clock, exchanges } = this.#deps;
    const end = clock.monotonic() + GIVE_UP_MS;
    while (clock.monotonic() < end) {
      await sleep(clock, POLL_MS);
      try {
        const stored = await exchanges.read(wanted.code);
        if (stored.kind !== 'present') continue;
        if (!isMine(stored, mine.writeId)) return;
        return await this.unsent({ ...wanted, version: stored.version, startedAt: mine.startedAt });
      } catch (error) {
        const reason = isFailure(error) ? error.reason : 'INTERNAL';
        this.#deps.logger.debug('exchange_claim_not_given_up_yet', { reason });
      }
    }
  }

  async #conclude(claim: Claim, record: ExchangeRecord): Promise<void> {
    try {
      await this.#write(claim, record);
    } catch (error) {
      const reason = isFailure(error) ? error.reason : 'INTERNAL';
      this.#deps.logger.warn('exchange_outcome_not_recorded', { state: record.state, reason });
    }
  }

  async #write(claim: Claim, record: ExchangeRecord): Promise<void> {
    const condition = { expectedVersion: claim.version, writeId: this.#deps.random.id() };
    await this.#deps.exchanges.write(claim.code, record, condition);
  }
}

function basis(claim: Claim): { readonly request: string; readonly startedAt: number } {
  return { request: claim.request, startedAt: claim.startedAt };
}

function isMine(stored: Stored<ExchangeRecord>, writeId: string): boolean {
  return (
    stored.kind === 'present' && stored.writeId === writeId && stored.record.state === 'pending'
  );
}
