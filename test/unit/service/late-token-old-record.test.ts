import { expect, it } from 'vitest';
import { Alerts } from '../../../src/domain/alerts.ts';
import { loggedByPathKey } from '../../../src/domain/logged-users.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { Stored } from '../../../src/domain/store.ts';
import { newUserRecord, type UserRecord } from '../../../src/domain/user-record.ts';
import { ActiveTerm } from '../../../src/service/active-term.ts';
import { Revocation } from '../../../src/service/revocation.ts';
import { RevocationLogAppender } from '../../../src/service/revocation-log-appender.ts';
import { TokenCommitter } from '../../../src/service/token-commit.ts';
import { ALICE, World } from '../../support/replica-fixture.ts';

/** A replica that goes on asking a standby, until it looks who is active. */
async function committerAtStandby(world: World, old: Stored<UserRecord>) {
  const { clock, vault, logger, metrics, google: provider } = world;
  const random = { id: () => `write-${vault.script.calls.length}`, unit: () => 0.5 };
  const { revocations, keyedHash } = vault;
  const loggedUsers = loggedByPathKey(keyedHash);
  const deps = { clock, random, logger, alerts: new Alerts(logger, metrics), revocations };
  let isAtStandby = true;
  const users = {
    ...vault.users,
    read: async (userId: string) => (isAtStandby ? old : vault.users.read(userId)),
  };
  const term = new ActiveTerm({
    ...revocations,
    leaderTerm: async () => {
      isAtStandby = false;
      return 'the new term';
    },
  });
  const parts = { ...deps, users, provider, keyedHash, loggedUsers };
  const revocation = new Revocation(parts, new RevocationLogAppender(deps));
  return new TokenCommitter(parts, { revocation, term });
}

it('I6: a standby that still has a later consent keeps no late token alive at Google', async () => {
  const world = new World();
  const { users } = world.vault;
  const active: UserRecord = {
    ...newUserRecord(ALICE, 0),
    generation: 3,
    state: 'active',
    revokedPosition: 2,
  };
  await users.write(active, { expectedVersion: 0, writeId: 'consent' });
  const old = await users.read(ALICE);
  const revoked: UserRecord = { ...active, generation: 4, state: 'revoked', revokedPosition: 4 };
  await users.write(revoked, { expectedVersion: 1, writeId: 'revoke' });

  const committer = await committerAtStandby(world, old);
  const refreshToken = new Secret('late');
  const apply = (record: UserRecord) => record;
  const commit = { userId: ALICE, refreshToken, position: 1, apply, kind: 'consent' } as const;
  const work = committer.prepare(commit);
  await expect(work()).rejects.toMatchObject({ reason: 'USER_REVOKED' });
  await world.clock.advance(1_000);
  expect(world.google.count('revoke', refreshToken)).toBe(1);
  expect(world.vault.markers).toEqual([]);
});
