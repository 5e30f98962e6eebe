import type { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { Logger } from '../domain/logger.ts';
import type { OAuthProvider } from '../domain/oauth-provider.ts';
import type { Random } from '../domain/random.ts';
import type { RevocationMarker, RevocationStore } from '../domain/revocation-store.ts';
import type { Stored, WriteResult } from '../domain/store.ts';
import {
  type ProviderRevocation,
  refreshTokensOf,
  type UserRecord,
} from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { RevocationLogAppender } from './revocation-log-appender.ts';

const MAX_ROUNDS = 20;
const GIVE_UP_AFTER_MS = 7 * 24 * 3_600_000;

export interface RevocationDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly revocations: RevocationStore;
  readonly provider: OAuthProvider;
  readonly keyedHash: KeyedHash;
  readonly loggedUsers: LoggedUsers;
}

/** The steps of a revocation. Each may be repeated, by any replica, without harm. */
export class Revocation {
  readonly #deps: RevocationDeps;
  readonly #appender: RevocationLogAppender;

  constructor(deps: RevocationDeps, appender: RevocationLogAppender) {
    this.#deps = deps;
    this.#appender = appender;
  }

  /**
   * Marker first, then the record: a crash in between is found and finished.
   * @param record what was read at `version`
   */
  async begin(record: UserRecord, version: number): Promise<WriteResult & { generation: number }> {
    const generation = record.generation + 1;
    await this.#deps.revocations.addMarker({ userId: record.userId, generation });
    const written = await this.markRevoking(record, { version, generation });
    return { ...written, generation };
  }

  /** Writes `revoking` in place of what was read, for a marker that is there already. */
  markRevoking(
    record: UserRecord,
    at: { readonly version: number; readonly generation: number },
  ): Promise<WriteResult> {
    const waiting = refreshTokensOf(record).length > 0;
    const isRevoking = record.state === 'revoking';
    const revoking: UserRecord = {
      ...record,
      generation: at.generation,
      state: 'revoking',
      // Kept while it goes on, so that repeats do not put off its end.
      revokeTime: (isRevoking && record.revokeTime) || this.#deps.clock.now(),
      ...(waiting ? { providerRevocation: 'pending' as const } : {}),
    };
    const writeId = this.#deps.random.id();
    return this.#deps.users.write(revoking, { expectedVersion: at.version, writeId });
  }

  /** Names the user in the log, so that every replica drops what it holds. */
  announce(userId: string): Promise<number> {
    return this.#appender.append(this.#deps.keyedHash.of('user', userId));
  }

  /**
   * From the announced revocation to its end: Google, log, tombstone, old versions, marker. A record
   * of an older generation was read from a node that is active no more: it decides nothing.
   * @returns `pending` while Google gives no answer; the marker stays then
   * @throws Failure, after which the marker stays, too
   */
  async complete(marker: RevocationMarker): Promise<ProviderRevocation> {
    const { users, random } = this.#deps;
    const writeId = random.id();
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const stored = await users.read(marker.userId);
      if (stored.kind === 'corrupt') throw new Failure('STORED_RECORD_CORRUPT');
      if (stored.kind === 'absent' || stored.record.generation < marker.generation) {
        throw new Failure('STORE_UNAVAILABLE', { detail: 'a standby gave an old record' });
      }
      if (!isRunning(stored.record, marker)) return this.#endedElsewhere(stored, marker);
      const outcome = await this.#revokeAtGoogle(stored.record);
      if (outcome === 'pending') return outcome;
      const revokedPosition = await this.announce(marker.userId);
      const tombstone: UserRecord = {
        ...stored.record,
        state: 'revoked',
        revokedPosition,
        providerRevocation: outcome,
        toRevoke: [],
        grants: new Map(),
      };
      const condition = { expectedVersion: stored.version, writeId };
      const written = await users.write(tombstone, condition);
      if (written.outcome === 'conflict') continue;
      await this.cleanUp(marker, written.version);
      return outcome;
    }
    throw new Failure('CONCURRENT_UPDATE', { detail: 'tombstone' });
  }

  /** Another worker finished it, or a consent followed: what is left is our marker. */
  async #endedElsewhere(
    { record, version }: Extract<Stored<UserRecord>, { readonly kind: 'present' }>,
    marker: RevocationMarker,
  ): Promise<ProviderRevocation> {
    if (record.state === 'revoked' && record.generation === marker.generation) {
      await this.cleanUp(marker, version);
    } else {
      await this.#deps.revocations.removeMarker(marker);
    }
    return record.providerRevocation ?? 'nothing_to_revoke';
  }

  /** Wipes the versions that still hold tokens, then the marker: a failure leaves the rest to the reconciler. */
  async cleanUp(marker: RevocationMarker, version: number): Promise<void> {
    try {
      await this.#deps.users.destroyOlderVersions(marker.userId, version);
      await this.#deps.revocations.removeMarker(marker);
    } catch (error) {
      const reason = error instanceof Failure ? error.reason : 'INTERNAL';
      this.#deps.logger.warn('revocation_clean_up_failed', { reason });
    }
  }

  async #revokeAtGoogle(record: UserRecord): Promise<ProviderRevocation> {
    const tokens = refreshTokensOf(record);
    if (tokens.length === 0) return record.providerRevocation ?? 'nothing_to_revoke';
    const answers = await Promise.all(tokens.map((token) => this.#deps.provider.revoke(token)));
    if (answers.every((answer) => answer === 'revoked')) return 'confirmed';
    if (this.#deps.clock.now() - (record.revokeTime ?? 0) < GIVE_UP_AFTER_MS) return 'pending';
    this.#deps.alerts.raise('revocation_unconfirmed', this.#deps.loggedUsers.of(record.userId));
    return 'unconfirmed';
  }
}

function isRunning(record: UserRecord, marker: RevocationMarker): boolean {
  return record.state === 'revoking' && record.generation === marker.generation;
}
