import type { Alert, Alerts } from '../domain/alerts.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import type { Secret } from '../domain/secret.ts';
import { decodeKey, type KeyPath } from './key-record.ts';
import type { Kv } from './kv.ts';
import type { RequestDependencies } from './kv-requests.ts';

/** Between two looks, ±10 %, so that replicas do not ask in step. */
const POLL_MS = 3_000;
/** While the policy denies it: whoever gives the right later need not restart anything. */
const DENIED_POLL_MS = 60_000;

/** What a key's record holds. */
export type KeyFound =
  | {
      readonly kind: 'usable';
      readonly key: Secret;
      readonly version: number;
      readonly writtenAt: number;
    }
  | { readonly kind: 'unusable'; readonly version: number; readonly writtenAt: number }
  /** Deleted, or with version 0 never made. */
  | { readonly kind: 'absent'; readonly version: number }
  | { readonly kind: 'denied' };

export interface WatchedKeyOptions {
  readonly path: KeyPath;
  /** What is raised for a value that is refused. */
  readonly refused: Alert;
}

export interface WatchedKeyDeps {
  /** The mount of ops; its denials raise no alert. */
  readonly kv: Pick<Kv, 'read'>;
  /** That the next request shows. */
  readonly token: () => Secret | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly alerts: Alerts;
}

/**
 * A key that ops replace while the service runs. A new version is taken when it holds a key; one that
 * holds none, or that the record was deleted, is told once, and the last good key stays.
 */
export class WatchedKey {
  readonly #options: WatchedKeyOptions;
  readonly #deps: WatchedKeyDeps;
  readonly #stopped = new AbortController();
  #found: KeyFound;
  #current: Secret | undefined;
  #deniedTo: { readonly token: Secret | undefined } | undefined;

  /** Reads the key. @throws Failure STORE_UNAVAILABLE */
  static async open(options: WatchedKeyOptions, deps: WatchedKeyDeps): Promise<WatchedKey> {
    return new WatchedKey(options, deps, await find(options.path, deps.kv));
  }

  private constructor(options: WatchedKeyOptions, deps: WatchedKeyDeps, found: KeyFound) {
    this.#options = options;
    this.#deps = deps;
    this.#found = found;
    this.#current = found.kind === 'usable' ? found.key : undefined;
  }

  /** As it was last read, usable or not. */
  get found(): KeyFound {
    return this.#found;
  }

  /** The last good one; undefined where there was none yet. */
  get current(): Secret | undefined {
    return this.#current;
  }

  /** Gives `take` each new key, until `stop`. */
  async follow(take: (key: Secret) => void): Promise<void> {
    const { clock, random } = this.#deps;
    const { signal } = this.#stopped;
    for (;;) {
      const pause = this.#found.kind === 'denied' ? DENIED_POLL_MS : POLL_MS;
      await sleep(clock, pause * (0.9 + random.unit() * 0.2), signal);
      if (signal.aborted) return;
      await this.#look(take);
    }
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #look(take: (key: Secret) => void): Promise<void> {
    const { logger, kv } = this.#deps;
    const { path } = this.#options;
    try {
      const found = await find(path, kv);
      if (this.#stopped.signal.aborted || this.#isDoubtful(found)) return;
      if (!isNews(found, this.#found)) return;
      const before = this.#found;
      // It stays news until whoever follows has it.
      if (found.kind === 'usable') this.#take(found, take);
      this.#found = found;
      if (found.kind === 'usable') return;
      if (found.kind === 'denied') logger.warn('key_denied', { part: path });
      else if (before.kind !== 'denied' || this.#current !== undefined) this.#refuse(found);
    } catch (error) {
      const reason = isFailure(error) ? error.reason : 'INTERNAL';
      logger.debug('key_poll_failed', { part: path, reason });
    }
  }

  /** A token that was revoked is denied everything, until another is shown a moment later. */
  #isDoubtful({ kind }: KeyFound): boolean {
    const before = this.#deniedTo;
    this.#deniedTo = kind === 'denied' ? { token: this.#deps.token() } : undefined;
    return (
      this.#deniedTo !== undefined &&
      (before === undefined || before.token !== this.#deniedTo.token)
    );
  }

  #take({ key, version }: KeyFound & { kind: 'usable' }, take: (key: Secret) => void): void {
    if (this.#current?.equals(key)) return;
    const { logger, metrics } = this.#deps;
    const { path: part } = this.#options;
    take(key);
    this.#current = key;
    logger.info('config_taken', { part, version });
    metrics.count('tokenvault_config_reloads_total', { part, outcome: 'taken' });
  }

  #refuse({ kind: problem, version }: KeyFound & { kind: 'unusable' | 'absent' }): void {
    const { alerts, metrics } = this.#deps;
    const { path: part, refused } = this.#options;
    alerts.raise(refused, { part, version, problem });
    metrics.count('tokenvault_config_reloads_total', { part, outcome: 'refused' });
  }
}

async function find(path: KeyPath, kv: WatchedKeyDeps['kv']): Promise<KeyFound> {
  try {
    const record = await kv.read(path);
    if (record.kind === 'absent') return record;
    const { version, writtenAt } = record;
    const key = decodeKey(record.fields);
    return key === undefined
      ? { kind: 'unusable', version, writtenAt }
      : { kind: 'usable', key, version, writtenAt };
  } catch (error) {
    if (isFailure(error, 'STORE_ACCESS_LOST')) return { kind: 'denied' };
    throw error;
  }
}

/** A node that was deposed may still give a version of before: it is older by both counts. */
function isNews(found: KeyFound, before: KeyFound): boolean {
  if (!('writtenAt' in found && 'writtenAt' in before)) {
    const version = 'version' in found ? found.version : undefined;
    const known = 'version' in before ? before.version : undefined;
    return found.kind !== before.kind || version !== known;
  }
  return found.version > before.version || found.writtenAt > before.writtenAt;
}

/**
 * The `access` of the requests that look for keys: their denials raise no alert, because what else
 * needs Vault tells of a lost right.
 */
export function quietAccess(token: () => Secret | undefined): RequestDependencies['access'] {
  return {
    get token() {
      return token();
    },
    denied: async (_client, request) =>
      token() === request.token
        ? new Failure('STORE_ACCESS_LOST', { detail: 'a key may not be read' })
        : 'again',
    misconfigured: () => new Failure('STORE_ACCESS_LOST', { detail: 'a KV v2 mount is missing' }),
  };
}
