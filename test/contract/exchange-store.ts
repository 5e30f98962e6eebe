import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExchangeRecord } from '../../src/domain/exchange-record.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { MakeHarness, StoreHarness } from './store-harness.ts';

const CODE = new Secret('4/0AbCdEf-one_time/code');
const common = { request: 'hash-of-the-request', startedAt: 1_790_000_000_000 };
const pending: ExchangeRecord = { ...common, state: 'pending' };

const done: ExchangeRecord = {
  ...common,
  state: 'done',
  response: {
    userId: '100000000000000000001',
    profile: {
      email: 'zoe@example.com',
      emailVerified: true,
      name: 'Zoë Example',
      givenName: 'Zoë',
      familyName: 'Example',
      picture: 'https://example.com/zoe.png',
      locale: 'de-CH',
      hostedDomain: 'example.com',
    },
    grantedScopes: ['openid'],
    grantExpireTime: 1_790_600_000_000,
    refreshTokenKept: false,
  },
};

const HOUR_MS = 3_600_000;

export function exchangeStoreContract(name: string, make: MakeHarness): void {
  describe(`exchanges in ${name}`, () => {
    let harness: StoreHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.close());
    const write = (record: ExchangeRecord, expectedVersion: number, writeId = 'w') =>
      harness.exchanges.write(CODE, record, { expectedVersion, writeId });
    const sweep = async (ageMs: number) => {
      for (let shard = 0; shard < harness.exchanges.shards; shard += 1) {
        await harness.exchanges.removeOlder(shard, ageMs);
      }
    };

    it.each<ExchangeRecord>([
      pending,
      { ...common, state: 'unsent' },
      done,
      { ...common, state: 'failed', reason: 'USER_MISMATCH', metadata: { oauthClient: 'default' } },
    ])('gives back a record that is $state as it was written', async (record) => {
      await write(record, 0, 'first');
      const stored = await harness.exchanges.read(CODE);
      expect(stored).toMatchObject({ kind: 'present', version: 1, writeId: 'first' });
      expect(stored.kind === 'present' && stored.record).toEqual(record);
    });

    it('creates a code’s record once', async () => {
      expect(await write(pending, 0, 'a')).toEqual({ outcome: 'committed', version: 1 });
      expect(await write(pending, 0, 'b')).toEqual({ outcome: 'conflict' });
      expect(await harness.exchanges.read(CODE)).toMatchObject({ writeId: 'a' });
    });

    it('keeps codes apart', async () => {
      await write(pending, 0);
      const other = await harness.exchanges.read(new Secret('4/other'));
      expect(other).toEqual({ kind: 'absent', version: 0 });
    });

    it('reports something else in a record’s place as corrupt', async () => {
      await harness.corruptExchange(CODE.reveal());
      expect(await harness.exchanges.read(CODE)).toEqual({ kind: 'corrupt', version: 1 });
    });

    it('removes a record with its version counter, and removes nothing twice', async () => {
      await write(pending, 0);
      await harness.exchanges.remove(CODE);
      await harness.exchanges.remove(CODE);
      expect(await harness.exchanges.read(CODE)).toEqual({ kind: 'absent', version: 0 });
      expect(await write(pending, 0, 'again')).toEqual({ outcome: 'committed', version: 1 });
    });

    it('sweeps old records out of every shard, and leaves young ones', async () => {
      expect(harness.exchanges.shards).toBe(256);
      await write(pending, 0);
      await sweep(HOUR_MS);
      expect(await harness.exchanges.read(CODE)).toMatchObject({ kind: 'present' });
      // Everything is older than an hour from now.
      await sweep(-HOUR_MS);
      expect(await harness.exchanges.read(CODE)).toEqual({ kind: 'absent', version: 0 });
    });
  });
}
