import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_LOG_KEYS } from '../../src/domain/revocation-store.ts';
import type { MakeHarness, StoreHarness } from './store-harness.ts';

const USER = '100000000000000000001';

export function revocationStoreContract(name: string, make: MakeHarness): void {
  describe(`revocations in ${name}`, () => {
    let harness: StoreHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.close());

    it('names the same term of office as long as nothing changes', async () => {
      const term = await harness.revocations.leaderTerm();
      expect(term).not.toBe('');
      expect(await harness.revocations.leaderTerm()).toBe(term);
    });

    it('begins with an empty log', async () => {
      expect((await harness.revocations.readLog()).log).toEqual({ count: 0, keys: [] });
    });

    it('gives back a full log as it was written', async () => {
      const keys = Array.from({ length: MAX_LOG_KEYS }, (_, index) =>
        harness.keyedHash.of('user', `user-${index}`),
      );
      const log = { count: 1_000, keys };
      const { version } = await harness.revocations.readLog();
      await harness.revocations.writeLog(log, { expectedVersion: version, writeId: 'a' });
      expect(await harness.revocations.readLog()).toEqual({ version: version + 1, log });
    });

    it('appends over the version that was read, and no other', async () => {
      const { version } = await harness.revocations.readLog();
      const write = (expectedVersion: number, writeId: string) =>
        harness.revocations.writeLog({ count: 1, keys: ['a'] }, { expectedVersion, writeId });
      const committed = { outcome: 'committed', version: version + 1 };
      expect(await write(version, 'a')).toEqual(committed);
      expect(await write(version, 'b')).toEqual({ outcome: 'conflict' });
      // The reply was lost, and the same operation tries again.
      expect(await write(version, 'a')).toEqual(committed);
      expect(await write(version + 1, 'b')).toEqual({ ...committed, version: version + 2 });
    });

    it('has no markers at first', async () => {
      expect(await harness.revocations.listMarkers(10)).toEqual([]);
    });

    it('lists markers with their users, as many as are asked for', async () => {
      const first = { userId: USER, generation: 3 };
      const second = { userId: USER, generation: 4 };
      await harness.revocations.addMarker(first);
      await harness.revocations.addMarker(second);
      const listed = await harness.revocations.listMarkers(10);
      expect([...listed].sort((a, b) => a.generation - b.generation)).toEqual([first, second]);
      expect(await harness.revocations.listMarkers(1)).toHaveLength(1);
    });

    it('adds and removes a marker any number of times', async () => {
      const marker = { userId: USER, generation: 1 };
      await harness.revocations.addMarker(marker);
      await harness.revocations.addMarker(marker);
      expect(await harness.revocations.listMarkers(10)).toEqual([marker]);
      await harness.revocations.removeMarker(marker);
      await harness.revocations.removeMarker(marker);
      expect(await harness.revocations.listMarkers(10)).toEqual([]);
    });
  });
}
