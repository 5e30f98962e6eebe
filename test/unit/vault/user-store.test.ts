import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFailure } from '../../../src/domain/failure.ts';
import { newUserRecord } from '../../../src/domain/user-record.ts';
import { userCodec } from '../../../src/vault/user-codec.ts';
import { VaultUserStore } from '../../../src/vault/user-store.ts';
import { json } from '../../support/scripted-server.ts';
import { denied, enveloped, type KvFixture, kvFixture, PATH_KEY, version } from './kv-fixture.ts';

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

  it.each([
    [OWN, 'present'],
    [OTHER, 'corrupt'],
  ])('takes a listed record of %s under the name of …001 for %s', async (userId, kind) => {
    fixture.script(version(3, enveloped(userCodec.encode(newUserRecord(userId, 7)))));
    const [fan = '', name = ''] = PATH_KEY.fanned('user', OWN, 3).split('/');
    const users = new VaultUserStore(fixture.kv, PATH_KEY);
    expect(await users.readListed(Number.parseInt(fan, 16), name)).toMatchObject({ kind });
  });

  it('names the capability that a policy lacks which does not let it list', async () => {
    fixture.script(denied, json(200, { data: {} }));
    const users = new VaultUserStore(fixture.kv, PATH_KEY);
    const failure = await users.list(0x0a1).catch((error: unknown) => error);
    expect(isFailure(failure, 'STORE_ACCESS_LOST')).toBe(true);
    expect(fixture.server.requests[0]?.path).toContain('/v1/m/metadata/users/0a1');
    expect(fixture.logger.lines).toMatchObject([
      { event: 'vault_right_missing', problem: 'the policy lacks list on m/metadata/users/*' },
    ]);
  });
});
