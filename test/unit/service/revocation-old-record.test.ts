import { expect, it } from 'vitest';
import { Alerts } from '../../../src/domain/alerts.ts';
import { loggedByPathKey } from '../../../src/domain/logged-users.ts';
import type { Stored } from '../../../src/domain/store.ts';
import { newUserRecord, type UserRecord } from '../../../src/domain/user-record.ts';
import { Revocation } from '../../../src/service/revocation.ts';
import { RevocationLogAppender } from '../../../src/service/revocation-log-appender.ts';
import { ALICE, World } from '../../support/replica-fixture.ts';

/** A revocation that was begun, and then reads what a standby has not yet heard of. */
async function begunRevocation(old: Stored<UserRecord>) {
  const { clock, vault, logger, metrics, google: provider } = new World();
  const random = { id: () => 'write', unit: () => 0.5 };
  const alerts = new Alerts(logger, metrics);
  const { revocations, keyedHash } = vault;
  const loggedUsers = loggedByPathKey(keyedHash);
  const deps = { clock, random, logger, alerts, revocations, provider, keyedHash, loggedUsers };
  const users = { ...vault.users, read: async () => old };
  const appender = new RevocationLogAppender(deps);
  const revocation = new Revocation({ ...deps, users }, appender);
  const { generation } = await revocation.begin(newUserRecord(ALICE, 0), 0);
  return { revocation, revocations, marker: { userId: ALICE, generation } };
}

const record = newUserRecord(ALICE, 0);
const present = { kind: 'present', version: 1, record, writeId: 'w', writtenAt: 0 } as const;

it.each([
  ['an older record', present],
  ['no record', { kind: 'absent', version: 0 } as const],
])('I6: a standby that gives %s does not end a revocation', async (_name, old) => {
  const { revocation, revocations, marker } = await begunRevocation(old);
  await expect(revocation.complete(marker)).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  expect(await revocations.listMarkers(1)).toEqual([marker]);
});
