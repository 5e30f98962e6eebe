import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import { type DeathCause, type Grant, insertLateGrant } from '../domain/grant.ts';
import type { Random } from '../domain/random.ts';
import type { Secret } from '../domain/secret.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { AccessTokenCache } from './access-token-cache.ts';
import type { HeldCommits } from './held-commits.ts';
import type { TokenCommitter } from './token-commit.ts';

const MAX_ROUNDS = 20;

/** A stored refresh token, and where it was found. */
export interface FoundGrant {
  readonly userId: string;
  readonly oauthClient: string;
  readonly grant: Grant;
  /** Log position from which on a revocation is later than this grant's use. */
  readonly position: number;
}

export interface GrantUpdatesDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly users: UserStore;
}

export interface GrantUpdatesParts {
  readonly committer: TokenCommitter;
  readonly held: HeldCommits;
  readonly cache: AccessTokenCache;
}

/** What a refresh may have to write: Google rotated the token, or it is dead. */
export class GrantUpdates {
  readonly #deps: GrantUpdatesDeps;
  readonly #parts: GrantUpdatesParts;

  constructor(deps: GrantUpdatesDeps, parts: GrantUpdatesParts) {
    this.#deps = deps;
    this.#parts = parts;
  }

  /**
   * Puts the rotated token in its predecessor's place, dead-marked or not. It has its date and
   * scopes. Returns when Vault has it.
   * @throws Failure REVOCATION_IN_PROGRESS, USER_REVOKED where it may not be stored;
   *   USER_NOT_CONNECTED, STORED_RECORD_CORRUPT; the store's, after the time for late commits
   */
  async rotate(found: FoundGrant, refreshToken: Secret): Promise<void> {
    const { cause: _dead, ...predecessor } = found.grant;
    const successor: Grant = { ...predecessor, refreshToken, state: 'live' };
    const commit = this.#parts.committer.prepare({
      userId: found.userId,
      refreshToken,
      position: found.position,
      apply: (record) => withSuccessor(record, found, successor),
      kind: 'rotation',
    });
    await this.#parts.held.run(found.userId, commit);
  }

  /**
   * Marks the very token dead that Google refused, if it is still stored.
   * @returns why it is dead
   */
  async markDead(found: FoundGrant): Promise<DeathCause> {
    const { clock, random, users } = this.#deps;
    const expired = (found.grant.expiresAt ?? Number.POSITIVE_INFINITY) <= clock.now();
    const cause: DeathCause = expired ? 'expired' : 'revokedAtGoogle';
    const writeId = random.id();
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const stored = await users.read(found.userId);
      if (stored.kind !== 'present' || stored.record.state !== 'active') return cause;
      const grants = stored.record.grants.get(found.oauthClient) ?? [];
      const place = placeOf(found.grant.refreshToken, grants);
      const grant = grants[place];
      if (grant === undefined) return cause;
      this.#parts.cache.dropUser(found.userId, found.oauthClient);
      if (grant.state === 'dead') return grant.cause ?? cause;
      const next = grants.with(place, dead(grant, cause));
      const record = withGrants(stored.record, found.oauthClient, next);
      const condition = { expectedVersion: stored.version, writeId };
      const written = await users.write(record, condition);
      if (written.outcome === 'committed') return cause;
    }
    throw new Failure('CONCURRENT_UPDATE', { detail: 'dead mark' });
  }
}

function placeOf(token: Secret, grants: readonly Grant[]): number {
  return grants.findIndex((grant) => grant.refreshToken.equals(token));
}

function dead(grant: Grant, cause: DeathCause): Grant {
  return { ...grant, state: 'dead', cause };
}

function withSuccessor(record: UserRecord, found: FoundGrant, successor: Grant): UserRecord {
  const grants = record.grants.get(found.oauthClient) ?? [];
  const place = placeOf(found.grant.refreshToken, grants);
  const next = place >= 0 ? grants.with(place, successor) : insertLateGrant(successor, grants);
  return withGrants(record, found.oauthClient, next);
}

function withGrants(record: UserRecord, alias: string, grants: readonly Grant[]): UserRecord {
  return { ...record, grants: new Map(record.grants).set(alias, grants) };
}
