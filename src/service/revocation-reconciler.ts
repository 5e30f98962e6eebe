import { type Clock, sleep } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { RevocationMarker, RevocationStore } from '../domain/revocation-store.ts';
import { newUserRecord } from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { Revocation } from './revocation.ts';

const EVERY_MS = 60_000;
const MARKERS_PER_ROUND = 1_000;

export interface ReconcilerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly users: UserStore;
  readonly revocations: RevocationStore;
}

/** Finishes revocations that a crash, Google or Vault interrupted: at start and every minute. */
export class RevocationReconciler {
  readonly #deps: ReconcilerDeps;
  readonly #revocation: Revocation;
  readonly #stopped = new AbortController();

  constructor(deps: ReconcilerDeps, revocation: Revocation) {
    this.#deps = deps;
    this.#revocation = revocation;
  }

  start(): void {
    void this.#loop();
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** One pass over the markers. */
  async reconcile(): Promise<void> {
    const { revocations, metrics } = this.#deps;
    const markers = await revocations.listMarkers(MARKERS_PER_ROUND);
    let pending = 0;
    for (const marker of markers) {
      if (this.#stopped.signal.aborted) return;
      if (!(await this.#tryFinish(marker))) pending += 1;
    }
    metrics.set('tokenvault_revocations_pending', pending, {});
  }

  async #loop(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.reconcile().catch((error: unknown) => this.#note('reconcile_failed', error));
      await sleep(this.#deps.clock, EVERY_MS, this.#stopped.signal);
    }
  }

  async #tryFinish(marker: RevocationMarker): Promise<boolean> {
    try {
      return await this.#finish(marker);
    } catch (error) {
      this.#note('revocation_not_finished', error);
      return false;
    }
  }

  /** @returns whether nothing of this marker is left to do */
  async #finish(marker: RevocationMarker): Promise<boolean> {
    const { users, revocations } = this.#deps;
    const { userId, generation } = marker;
    const stored = await users.read(userId);
    const record =
      stored.kind === 'present' ? stored.record : newUserRecord(userId, stored.version);
    if (record.generation < generation) {
      const at = { version: stored.version, generation };
      const written = await this.#revocation.markRevoking(record, at);
      if (written.outcome === 'conflict') return false;
    } else if (record.generation > generation || record.state === 'active') {
      await revocations.removeMarker(marker);
      return true;
    } else if (record.state === 'revoked') {
      await this.#revocation.cleanUp(marker, stored.version);
      return true;
    }
    await this.#revocation.announce(userId);
    return (await this.#revocation.complete(marker)) !== 'pending';
  }

  #note(event: string, error: unknown): void {
    const failure = error instanceof Failure ? error : undefined;
    this.#deps.logger.warn(event, { reason: failure?.reason, detail: failure?.detail });
  }
}
