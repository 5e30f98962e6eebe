import type { Alerts } from '../domain/alerts.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { Logger } from '../domain/logger.ts';
import type { Random } from '../domain/random.ts';
import type { Secret } from '../domain/secret.ts';
import type { Stored } from '../domain/store.ts';
import {
  newUserRecord,
  refreshTokensOf,
  type UserRecord,
  withTokenToRevoke,
} from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { ActiveTerm } from './active-term.ts';
import type { Revocation } from './revocation.ts';

const MAX_ROUNDS = 20;

/** A refresh token on its way from Google into the user's record. */
export interface TokenCommit {
  readonly userId: string;
  /** The new token; absent where an exchange keeps the stored one. */
  readonly refreshToken?: Secret;
  /** Log position that was noted before Google was asked. */
  readonly position: number;
  /**
   * The record that holds the token, made from one that may take it. Throws to refuse.
   * `changed`: others have written the record since this commit began, perhaps over its own write.
   */
  readonly apply: (record: UserRecord, changed: boolean) => UserRecord;
  /**
   * A consent may follow a revocation, and stand in for a record that cannot be read. A rotation goes
   * where a grant is. An import goes where there never was a record; `apply` refuses any other.
   */
  readonly kind: 'consent' | 'rotation' | 'import';
}

/** One commit over all its attempts. */
interface Operation {
  readonly writeId: string;
  /**
   * The version that its first write was to follow. Undefined before: a token that is stored already
   * came with an earlier commit.
   */
  firstOn: number | undefined;
}

export interface TokenCommitterDeps {
  readonly random: Random;
  readonly logger: Logger;
  readonly alerts: Alerts;
  readonly users: UserStore;
  readonly loggedUsers: LoggedUsers;
}

/**
 * Stores new refresh tokens, or does with them what the record demands: a revocation wins over
 * everything that began before it.
 */
export class TokenCommitter {
  readonly #deps: TokenCommitterDeps;
  readonly #revocation: Revocation;
  readonly #term: ActiveTerm;

  constructor(deps: TokenCommitterDeps, parts: { revocation: Revocation; term: ActiveTerm }) {
    this.#deps = deps;
    this.#revocation = parts.revocation;
    this.#term = parts.term;
  }

  /**
   * One operation: all attempts of the returned function are retries of the same write. It gives the
   * generation of the record that holds the token.
   */
  prepare(commit: TokenCommit): () => Promise<number> {
    const operation = { writeId: this.#deps.random.id(), firstOn: undefined };
    return () => this.#commit(commit, operation);
  }

  /**
   * @throws Failure REVOCATION_IN_PROGRESS, USER_REVOKED where the token may not be stored;
   *   STORED_RECORD_CORRUPT; STORE_UNAVAILABLE, STORE_ACCESS_LOST, CONCURRENT_UPDATE: call again
   */
  async #commit(commit: TokenCommit, operation: Operation): Promise<number> {
    const { writeId } = operation;
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const stored = await this.#deps.users.read(commit.userId);
      const { firstOn } = operation;
      if (firstOn !== undefined && isCommitted(stored, commit, writeId)) {
        return stored.record.generation;
      }
      const record = this.#readable(stored, commit);
      const known = stored.kind === 'present';
      if (known && mayNotTake(record, commit)) {
        if (await this.#turnAway(record, commit, stored.version)) continue;
      }
      const condition = { expectedVersion: stored.version, writeId };
      const next = commit.apply(record, firstOn !== undefined && stored.version > firstOn);
      operation.firstOn ??= stored.version;
      const written = await this.#deps.users.write(next, condition);
      if (written.outcome === 'committed') return next.generation;
    }
    throw new Failure('CONCURRENT_UPDATE', { detail: 'user record' });
  }

  /**
   * Acts by what was found.
   * @returns true when the record has changed meanwhile and must be read again
   * @throws Failure REVOCATION_IN_PROGRESS, USER_REVOKED
   */
  async #turnAway(record: UserRecord, commit: TokenCommit, version: number): Promise<boolean> {
    const { refreshToken } = commit;
    if (record.state === 'revoking') {
      if (refreshToken !== undefined) {
        const condition = { expectedVersion: version, writeId: this.#deps.random.id() };
        const next = withTokenToRevoke(record, refreshToken);
        const written = await this.#deps.users.write(next, condition);
        if (written.outcome === 'conflict') return true;
      }
      throw new Failure('REVOCATION_IN_PROGRESS');
    }
    // A later consent, which revoking this token at Google would end: but a standby may give an old one.
    if (record.state === 'active' && refreshToken !== undefined) {
      if (!(await this.#isNewest(commit.userId, version))) return true;
    }
    if (record.state === 'revoked' && refreshToken !== undefined) {
      const begun = await this.#revocation.begin(withTokenToRevoke(record, refreshToken), version);
      if (begun.outcome === 'conflict') return true;
      this.#revokeInBackground(commit.userId, begun.generation);
    }
    throw new Failure('USER_REVOKED');
  }

  /** @throws Failure STORE_UNAVAILABLE */
  async #isNewest(userId: string, version: number): Promise<boolean> {
    const stored = await this.#term.confirmed(() => this.#deps.users.read(userId));
    return stored.version === version;
  }

  #revokeInBackground(userId: string, generation: number): void {
    const work = async () => {
      await this.#revocation.announce(userId);
      await this.#revocation.complete({ userId, generation });
    };
    work().catch((error: unknown) => {
      const reason = isFailure(error) ? error.reason : 'INTERNAL';
      this.#deps.logger.warn('late_token_not_revoked_yet', { reason });
    });
  }

  #readable(stored: Stored<UserRecord>, commit: TokenCommit): UserRecord {
    if (stored.kind === 'present') return stored.record;
    if (stored.kind === 'absent' && commit.kind === 'rotation') {
      throw new Failure('USER_NOT_CONNECTED');
    }
    if (stored.kind === 'corrupt') {
      if (commit.kind !== 'consent') throw new Failure('STORED_RECORD_CORRUPT');
      const user = this.#deps.loggedUsers.of(commit.userId);
      this.#deps.alerts.raise('stored_record_corrupt', { ...user, replacedBy: 'consent' });
    }
    return newUserRecord(commit.userId, stored.version);
  }
}

/** A lost reply, or a later write on top of ours: the token is there already. */
function isCommitted(
  stored: Stored<UserRecord>,
  commit: TokenCommit,
  writeId: string,
): stored is Extract<Stored<UserRecord>, { readonly kind: 'present' }> {
  if (stored.kind !== 'present') return false;
  if (stored.writeId === writeId) return true;
  const { refreshToken } = commit;
  if (refreshToken === undefined || stored.record.state !== 'active') return false;
  return refreshTokensOf(stored.record).some((token) => token.equals(refreshToken));
}

function mayNotTake(record: UserRecord, commit: TokenCommit): boolean {
  if (record.state === 'revoking' || (record.revokedPosition ?? 0) > commit.position) return true;
  return record.state === 'revoked' && commit.kind === 'rotation';
}
