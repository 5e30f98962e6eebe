import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUserRecord } from '../../../src/domain/user-record.ts';
import { userCodec } from '../../../src/vault/user-codec.ts';
import { VaultUserStore } from '../../../src/vault/user-store.ts';
import { enveloped, type KvFixture, kvFixture, PATH_KEY, version } from './kv-fixture.ts';

const OWN = '100000000000000000001';
const OTHER = '100000000000000000002';

describe('VaultUserStore', () => {
  let fixture: KvFixture;
  beforeEach(async () => {
    fixture = await kvFixture();
  });
  afterEach(() => fixture.close());

  it.each([
    [OWN, 'present'],
    [OTHER, 'corrupt'],
  ])('takes a record of %s under the path of …001 for %s', async (userId, kind) => {
    fixture.script(version(3, enveloped(userCodec.encode(newUserRecord(userId, 7)))));
    const users = new VaultUserStore(fixture.kv, PATH_KEY);
    expect(await users.read(OWN)).toMatchObject({ kind, version: 3 });
  });
});
