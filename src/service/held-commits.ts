import { backoffMs } from '../concurrency/backoff.ts';
import type { Alerts } from '../domain/alerts.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import type { Reason } from '../domain/reasons.ts';
import type { ServiceLimits } from './limits.ts';

/** None of them says that the token may not be stored; INTERNAL is what a proxy's odd answer ends in. */
const TRIED_AGAIN: readonly Reason[] = [
  'STORE_UNAVAILABLE',
  'STORE_ACCESS_LOST',
  'CONCURRENT_UPDATE',
  'INTERNAL',
];

const RETRY = { firstMs: 200, mostMs: 5_000 };

export interface HeldCommitsDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly alerts: Alerts;
  readonly limits: ServiceLimits;
}

/**
 * Refresh tokens that Google has given and Vault has not committed yet. No caller's deadline or
 * cancel ends a commit: it is retried in memory until it is done or the time is over.
 */
export class HeldCommits {
  readonly #deps: HeldCommitsDeps;
  readonly #ofUser = new Map<string, Set<Promise<unknown>>>();
  #places = 0;
  #isGivenUp = false;

  constructor(deps: HeldCommitsDeps) {
    this.#deps = deps;
  }

  /**
   * Takes the place that a token may need, before the code that brings it is sent.
   * @returns gives the place back
   * @throws Failure NOT_READY when all places are taken
   */
  reserve(): () => void {
    if (this.#places >= this.#deps.limits.heldCommits) {
      throw new Failure('NOT_READY', { detail: 'too many commits wait for Vault' });
    }
    this.#places += 1;
    return () => {
      this.#places -= 1;
    };
  }

  /**
   * Runs `commit` until it does not fail for Vault's sake.
   * @throws what `commit` throws otherwise, or its last failure when the time is over
   */
  run<T>(userId: string, commit: () => Promise<T>): Promise<T> {
    const held = this.#ofUser.get(userId) ?? new Set();
    this.#ofUser.set(userId, held);
    const work = this.retry(commit).finally(() => {
      held.delete(work);
      if (held.size === 0) this.#ofUser.delete(userId);
      this.#report();
    });
    held.add(work);
    this.#report();
    return work;
  }

  /** Resolves when the commits that are held for the user now have ended, however they did. */
  async settled(userId: string): Promise<void> {
    await Promise.allSettled(this.#ofUser.get(userId) ?? []);
  }

  holds(userId: string): boolean {
    return this.#ofUser.has(userId);
  }

  /** Resolves when nothing is held any more. */
  async drained(): Promise<void> {
    while (this.size > 0) {
      await Promise.allSettled([...this.#ofUser.values()].flatMap((held) => [...held]));
    }
  }

  /** Nothing is tried again from now on: the process ends. */
  giveUp(): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    const { metrics } = this.#deps;
    for (let left = this.size; left > 0; left -= 1) {
      metrics.count('tokenvault_held_commits_lost_total', {});
    }
  }

  get size(): number {
    let size = 0;
    for (const held of this.#ofUser.values()) size += held.size;
    return size;
  }

  /** As `run`, for work whose user's refreshes need not wait. */
  async retry<T>(commit: () => Promise<T>): Promise<T> {
    const { clock, random, limits, metrics, alerts } = this.#deps;
    const end = clock.monotonic() + limits.heldForMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await commit();
      } catch (error) {
        if (this.#isGivenUp || !isFailure(error, ...TRIED_AGAIN)) throw error;
        if (clock.monotonic() >= end) {
          metrics.count('tokenvault_held_commits_lost_total', {});
          alerts.raise('held_commit_lost', { reason: error.reason });
          throw error;
        }
        await sleep(clock, backoffMs(attempt, RETRY, random));
        if (this.#isGivenUp) throw error;
      }
    }
  }

  #report(): void {
    this.#deps.metrics.set('tokenvault_held_commits', this.size, {});
  }
}
