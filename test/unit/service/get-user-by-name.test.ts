import { describe, expect, it } from 'vitest';
import type { UserRecord } from '../../../src/domain/user-record.ts';
import { ALICE, World } from '../../support/replica-fixture.ts';
import { ALL_RIGHTS, rightsWith } from '../../support/rights.ts';
import { alertsOf, oneReplica } from './steps.ts';

const BOB = 'sub-of-bob';
const CORP = rightsWith({ users: new Set(['corp.example']) });

/** A world in which Alice is connected as "42". */
async function withAlice(hostedDomain?: string) {
  const world = new World();
  const { caller, replica } = await oneReplica(world);
  const profile = hostedDomain === undefined ? {} : { hostedDomain };
  await world.settled(caller.exchange(world.mintCode({ profile }), { externalUserId: '42' }));
  const lookUp = (externalUserId: string, rights = ALL_RIGHTS) =>
    world.settled(replica.tokenVault.getUser({ externalUserId }, { ...world.context(), rights }));
  return { world, caller, lookUp };
}

describe('GetUser by a name', () => {
  it('tells the same as by the user', async () => {
    const { lookUp } = await withAlice();
    expect(await lookUp('42')).toMatchObject({
      userId: ALICE,
      externalUserId: '42',
      state: 'active',
      generation: 1,
    });
  });

  it.each(['4', '42 ', ' 42', '４２'])('is exact: "%s" is somebody else', async (name) => {
    const { lookUp } = await withAlice();
    await expect(lookUp(name)).rejects.toMatchObject({ reason: 'USER_NOT_CONNECTED' });
  });

  it('still finds who was revoked', async () => {
    const { world, caller, lookUp } = await withAlice();
    await world.settled(caller.revoke());
    expect(await lookUp('42')).toMatchObject({ userId: ALICE, state: 'revoked' });
  });

  it('believes no link whose user’s record says otherwise', async () => {
    const { world, lookUp } = await withAlice();
    const record = { externalUserId: '43', userIds: [BOB, ALICE] };
    await world.vault.links.write(record, { expectedVersion: 0, writeId: 'w' });
    await expect(lookUp('43')).rejects.toMatchObject({ reason: 'USER_NOT_CONNECTED' });
  });

  it('of two accounts that carry it takes the one that was bound last', async () => {
    const { world, lookUp } = await withAlice();
    const bob: UserRecord = {
      userId: BOB,
      externalUserId: '42',
      generation: 1,
      state: 'active',
      toRevoke: [],
      grants: new Map(),
    };
    await world.vault.users.write(bob, { expectedVersion: 0, writeId: 'w' });
    expect(await lookUp('42')).toMatchObject({ userId: ALICE });
    const record = { externalUserId: '42', userIds: [BOB, ALICE] };
    await world.vault.links.write(record, { expectedVersion: 1, writeId: 'w' });
    expect(await lookUp('42')).toMatchObject({ userId: BOB });
  });

  it('is refused where the caller may not see the user, and where there is none', async () => {
    const { lookUp } = await withAlice('other.example');
    for (const name of ['42', 'nobody']) {
      await expect(lookUp(name, CORP)).rejects.toMatchObject({
        reason: 'CALLER_NOT_ALLOWED',
        metadata: { deniedBy: 'user' },
      });
    }
    const inside = await withAlice('corp.example');
    expect(await inside.lookUp('42', CORP)).toMatchObject({ userId: ALICE });
  });

  it('pages where the record of the name, or of its user, cannot be read', async () => {
    for (const corrupt of ['corruptLink', 'corrupt'] as const) {
      const { world, lookUp } = await withAlice();
      world.vault[corrupt](corrupt === 'corrupt' ? ALICE : '42');
      await expect(lookUp('42')).rejects.toMatchObject({ reason: 'STORED_RECORD_CORRUPT' });
      expect(alertsOf(world)).toEqual(['stored_record_corrupt']);
      await expect(lookUp('42', CORP)).rejects.toMatchObject({ reason: 'CALLER_NOT_ALLOWED' });
    }
  });
});
