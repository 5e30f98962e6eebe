import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LinkRecord, MAX_LINKED_USERS } from '../../src/domain/link-store.ts';
import type { MakeHarness, StoreHarness } from './store-harness.ts';

/** A slash and a dot would be another path, were the name in it. */
const NAME = '../users/42 – Zoë';
const bound: LinkRecord = { externalUserId: NAME, userIds: ['100000000000000000001'] };

export function linkStoreContract(name: string, make: MakeHarness): void {
  describe(`links in ${name}`, () => {
    let harness: StoreHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.close());
    const write = (record: LinkRecord, expectedVersion: number, writeId = 'w') =>
      harness.links.write(record, { expectedVersion, writeId });

    it('gives back a record as it was written, in its order', async () => {
      const userIds = Array.from({ length: MAX_LINKED_USERS }, (_, index) => `9${index}`);
      await write({ externalUserId: NAME, userIds }, 0, 'first');
      const stored = await harness.links.read(NAME);
      expect(stored).toMatchObject({ kind: 'present', version: 1, writeId: 'first' });
      expect(stored.kind === 'present' && stored.record).toEqual({ externalUserId: NAME, userIds });
    });

    it('lets one of two writers win, and knows a repeated write', async () => {
      expect(await write(bound, 0, 'a')).toEqual({ outcome: 'committed', version: 1 });
      const other = { ...bound, userIds: ['100000000000000000002'] };
      expect(await write(other, 0, 'b')).toEqual({ outcome: 'conflict' });
      expect(await write(bound, 0, 'a')).toEqual({ outcome: 'committed', version: 1 });
      expect(await write(other, 1, 'b')).toEqual({ outcome: 'committed', version: 2 });
    });

    it('keeps names apart that differ in case, in a space or in the form of Unicode', async () => {
      await write(bound, 0);
      for (const like of [NAME.toUpperCase(), `${NAME} `, NAME.normalize('NFD')]) {
        expect(await harness.links.read(like)).toEqual({ kind: 'absent', version: 0 });
      }
    });

    it('reports something else in a record’s place as corrupt, and lets it be replaced', async () => {
      await harness.corruptLink(NAME);
      expect(await harness.links.read(NAME)).toEqual({ kind: 'corrupt', version: 1 });
      expect(await write(bound, 1)).toEqual({ outcome: 'committed', version: 2 });
      expect(await harness.links.read(NAME)).toMatchObject({ kind: 'present', record: bound });
    });
  });
}
