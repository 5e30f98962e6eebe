import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant } from '../../src/domain/grant.ts';
import { Secret } from '../../src/domain/secret.ts';
import { newUserRecord, type UserRecord } from '../../src/domain/user-record.ts';
import type { MakeHarness, StoreHarness } from './store-harness.ts';

const USER = '100000000000000000001';

const grant: Grant = {
  clientId: 'client.apps.example',
  refreshToken: new Secret('refresh-token'),
  scopes: ['openid'],
  obtainedAt: 1_790_000_000_000,
  expiresAt: 1_790_000_600_000,
  state: 'dead',
  cause: 'expired',
};

/** A record with every field that there is. */
const full: UserRecord = {
  userId: USER,
  externalUserId: 'crm/42 – Zoë',
  hostedDomain: 'example.com',
  generation: 7,
  state: 'active',
  consentedAt: 1_790_000_000_000,
  revokeTime: 1_780_000_000_000,
  revokedPosition: 12,
  providerRevocation: 'confirmed',
  toRevoke: [new Secret('late-token')],
  grants: new Map([
    ['default', [grant]],
    ['empty', []],
  ]),
};

export function userStoreContract(name: string, make: MakeHarness): void {
  describe(`users in ${name}`, () => {
    let harness: StoreHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.close());
    const write = (record: UserRecord, expectedVersion: number, writeId = 'w') =>
      harness.users.write(record, { expectedVersion, writeId });

    /** In which part a user is: a name, and the part, are of the same HMAC. */
    const partOf = (userId: string) =>
      Buffer.from(harness.keyedHash.of('user', userId), 'base64url').toString('hex').slice(0, 3);

    it('knows nothing of a user who was never written', async () => {
      expect(await harness.users.read(USER)).toEqual({ kind: 'absent', version: 0 });
    });

    it('gives back every field as it was written', async () => {
      expect(await write(full, 0, 'first')).toEqual({ outcome: 'committed', version: 1 });
      const stored = await harness.users.read(USER);
      if (stored.kind !== 'present') throw new Error(stored.kind);
      expect(stored.record).toEqual(full);
      expect(stored.record.toRevoke[0]?.reveal()).toBe('late-token');
      expect(stored.record.grants.get('default')?.[0]?.refreshToken.reveal()).toBe('refresh-token');
      expect(stored).toMatchObject({ version: 1, writeId: 'first' });
      expect(Math.abs(stored.writtenAt - Date.now())).toBeLessThan(60_000);
    });

    it('keeps a user of hundreds of OAuth clients', async () => {
      const long = { ...grant, refreshToken: new Secret('t'.repeat(512)) };
      const grants = new Map(
        Array.from({ length: 200 }, (_, client) => [`client-${client}`, [long, long, long]]),
      );
      await write({ ...full, grants }, 0);
      const stored = await harness.users.read(USER);
      expect(stored.kind === 'present' && stored.record.grants.size).toBe(200);
    });

    it('leaves out what was never set', async () => {
      await write(newUserRecord(USER, 0), 0);
      const stored = await harness.users.read(USER);
      expect(Object.keys(stored.kind === 'present' ? stored.record : {}).sort()).toEqual(
        Object.keys(newUserRecord(USER, 0)).sort(),
      );
    });

    it('writes over the version that was read, and no other', async () => {
      await write(full, 0, 'a');
      expect(await write({ ...full, generation: 8 }, 0, 'b')).toEqual({ outcome: 'conflict' });
      expect(await write({ ...full, generation: 8 }, 2, 'b')).toEqual({ outcome: 'conflict' });
      expect(await write({ ...full, generation: 8 }, 1, 'b')).toEqual({
        outcome: 'committed',
        version: 2,
      });
      expect(await harness.users.read(USER)).toMatchObject({ record: { generation: 8 } });
    });

    it('lets one of many simultaneous writers win', async () => {
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, writer) =>
          write({ ...full, generation: writer }, 0, `writer-${writer}`),
        ),
      );
      expect(results.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
    });

    it('takes a repeated write of the same operation for the one that landed', async () => {
      await write(full, 0, 'a');
      expect(await write(full, 0, 'a')).toEqual({ outcome: 'committed', version: 1 });
      expect(await harness.users.read(USER)).toMatchObject({ version: 1 });
    });

    it('knows its own write also when another one followed', async () => {
      await write(full, 0, 'a');
      await write(full, 1, 'b');
      expect(await write(full, 0, 'a')).toEqual({ outcome: 'committed', version: 1 });
    });

    it('keeps users apart', async () => {
      await write(full, 0);
      expect(await harness.users.read(`${USER}0`)).toEqual({ kind: 'absent', version: 0 });
    });

    it('reports something else in a record’s place as corrupt, and replaces it', async () => {
      await write(full, 0);
      await harness.corruptUser(USER);
      expect(await harness.users.read(USER)).toEqual({ kind: 'corrupt', version: 2 });
      expect(await write(full, 2)).toEqual({ outcome: 'committed', version: 3 });
    });

    it('lists each user in the one part that it is in, under a name that it is read by', async () => {
      await write(full, 0);
      await write({ ...full, userId: `${USER}0` }, 0);
      await harness.corruptUser(`${USER}1`);
      const found: unknown[] = [];
      for (const userId of [USER, `${USER}0`, `${USER}1`]) {
        const shard = Number.parseInt(partOf(userId), 16);
        const names = await harness.users.list(shard);
        expect(names).toEqual(names.toSorted());
        expect(names).toContain(harness.keyedHash.of('user', userId));
        const stored = await harness.users.readListed(shard, harness.keyedHash.of('user', userId));
        found.push(stored.kind === 'present' ? stored.record.userId : stored.kind);
      }
      expect(found).toEqual([USER, `${USER}0`, 'corrupt']);
    });

    it('says where in Vault such a record is', () => {
      expect(harness.users.pathOf(10, 'name')).toBe('users/00a/name');
    });

    it('lists nothing in a part where nobody is', async () => {
      const other = (Number.parseInt(partOf(USER), 16) + 1) % harness.users.shards;
      expect(await harness.users.list(other)).toEqual([]);
    });

    it('goes on listing a user whose every version was wiped, and reads it as absent', async () => {
      await write(full, 0);
      await harness.users.destroyOlderVersions(USER, 2);
      const shard = Number.parseInt(partOf(USER), 16);
      const name = harness.keyedHash.of('user', USER);
      expect(await harness.users.list(shard)).toEqual([name]);
      expect(await harness.users.readListed(shard, name)).toEqual({ kind: 'absent', version: 1 });
    });

    it('wipes superseded versions without touching the current one', async () => {
      await write(full, 0, 'a');
      await write({ ...full, generation: 8 }, 1, 'b');
      expect(await harness.keptUserVersions(USER)).toBe(2);
      await harness.users.destroyOlderVersions(USER, 2);
      expect(await harness.keptUserVersions(USER)).toBe(1);
      expect(await harness.users.read(USER)).toMatchObject({ version: 2, kind: 'present' });
    });

    it('wipes nothing where there is nothing older', async () => {
      await harness.users.destroyOlderVersions(USER, 5);
      expect(await harness.users.read(USER)).toEqual({ kind: 'absent', version: 0 });
      await write(full, 0);
      await harness.users.destroyOlderVersions(USER, 1);
      expect(await harness.users.read(USER)).toMatchObject({ kind: 'present' });
    });
  });
}
