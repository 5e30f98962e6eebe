import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { newUserRecord } from '../../src/domain/user-record.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { importOAuthClient } from '../../src/vault/admin/oauth-client-import.ts';
import { opsPolicy, servicePolicy } from '../../src/vault/admin/policies.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import type { VaultClient } from '../../src/vault/vault-client.ts';
import { freshMounts, freshVault, rootClient, type TestVault } from '../support/openbao.ts';
import { clientWith, tokenWith } from '../support/service-token.ts';

const root = rootClient();
let setup: TestVault;
let service: VaultClient;
let ops: VaultClient;

beforeAll(async () => {
  const vault = await freshVault();
  setup = vault;
  service = clientWith(await tokenWith(root, servicePolicy(vault)));
  ops = clientWith(await tokenWith(root, opsPolicy(vault)));
  await importOAuthClient(root, {
    configMount: vault.configMount,
    alias: 'default',
    file: '{"web":{"client_id":"web-client","client_secret":"GOCSPX-secret"}}',
    sources: ['mobile'],
  });
});

afterAll(async () => {
  await Promise.all([service.close(), ops.close()]);
  await setup.close();
  await root.close();
});

const KEY = { data: { record: '{}' }, options: { cas: 0 } };

describe('the service’s token', () => {
  it.each([
    [
      'delete a user’s metadata, which would restart its versions',
      'delete',
      'metadata/users/000/k',
    ],
    ['delete a user’s newest version', 'delete', 'data/users/000/k'],
    ['read when a user was last written', 'read', 'metadata/users/000/k'],
    ['list the mount', 'list', 'metadata/'],
    ['replace the path key', 'write', 'data/path-key'],
    ['change the settings', 'write', 'data/settings'],
    ['delete the revocation log', 'delete', 'metadata/revocation-log'],
    ['write elsewhere in its own mount', 'write', 'data/other'],
    ['take check-and-set off the mount', 'write', 'config'],
  ] as const)('cannot %s', async (_what, verb, path) => {
    const url = `${setup.mount}/${path}`;

    const reply = verb === 'write' ? await service.write(url, KEY) : await service[verb](url);

    expect(reply.status).toBe(403);
  });

  it('cannot write, delete or list in ops’ mount', async () => {
    const path = `${setup.configMount}/data/clients/default`;
    const replies = [
      await service.write(path, { data: { client_id: 'evil' } }),
      await service.delete(path),
      await service.list(`${setup.configMount}/metadata/clients`),
    ];

    expect(replies.map(({ status }) => status)).toEqual([403, 403, 403]);
  });

  it('cannot read another installation, nor the mounts and policies of Vault', async () => {
    const others = await freshMounts(root);
    const replies = [
      await service.read(`${others.mount}/data/path-key`),
      await service.read(`${others.configMount}/data/clients/default`),
      await service.read('sys/mounts'),
      await service.read(`sys/policies/acl/${servicePolicy(setup).name}`),
    ];
    await root.delete(`sys/mounts/${others.mount}`);
    await root.delete(`sys/mounts/${others.configMount}`);

    expect(replies.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });

  it('is enough for everything that the service does', async () => {
    const token = await tokenWith(root, servicePolicy(setup));
    const { logger, metrics } = setup;
    const deps = { clock: systemClock, random: systemRandom, logger, metrics };
    const vault = await openVault({ ...setup.options, auth: { method: 'fixed', token } }, deps);
    const code = new Secret('4/code');
    const exchange = { request: 'r', startedAt: 0, state: 'pending' } as const;
    const marker = { userId: 'u', generation: 1 };
    const created = (writeId: string) => ({ expectedVersion: 0, writeId });

    const user = newUserRecord('u', 1);
    expect(await vault.users.write(user, created('a'))).toEqual({
      outcome: 'committed',
      version: 1,
    });
    await vault.users.write(user, { expectedVersion: 1, writeId: 'b' });
    const name = vault.keyedHash.of('user', 'u');
    const part = Number.parseInt(Buffer.from(name, 'base64url').toString('hex').slice(0, 3), 16);
    expect(await vault.users.list(part)).toEqual([name]);
    await vault.users.destroyOlderVersions('u', 2);
    expect(await vault.users.read('u')).toMatchObject({ kind: 'present', version: 2 });
    await vault.exchanges.write(code, exchange, created('c'));
    expect(await vault.exchanges.read(code)).toMatchObject({ kind: 'present' });
    for (let shard = 0; shard < Math.min(vault.exchanges.shards, 3); shard += 1) {
      await vault.exchanges.removeOlder(shard, 3_600_000);
    }
    await vault.exchanges.remove(code);
    expect(await vault.exchanges.read(code)).toMatchObject({ kind: 'absent' });
    await vault.revocations.leaderTerm();
    await vault.revocations.addMarker(marker);
    expect(await vault.revocations.listMarkers(10)).toEqual([marker]);
    await vault.revocations.removeMarker(marker);
    const { version } = await vault.revocations.readLog();
    expect(version).toBe(1);
    const log = { count: 1, keys: ['k'] };
    expect(
      await vault.revocations.writeLog(log, { expectedVersion: version, writeId: 'd' }),
    ).toMatchObject({ outcome: 'committed' });
    expect(await vault.clients.read('default')).toMatchObject({ kind: 'present' });
    await vault.close();
  });
});

describe('ops’ token', () => {
  it('imports and reads OAuth clients', async () => {
    const report = await importOAuthClient(ops, {
      configMount: setup.configMount,
      alias: 'second',
      file: '{"web":{"client_id":"second-client","client_secret":"GOCSPX-secret"}}',
      sources: ['mobile'],
    });

    expect(report.outcome).toBe('created');
    expect(await setup.vault.clients.read('second')).toMatchObject({ kind: 'present' });
  });

  it.each(['data/path-key', 'data/settings', 'data/users/000/k', 'data/revocation-log'])(
    'cannot read %s of the service',
    async (path) => {
      const reply = await ops.read(`${setup.mount}/${path}`);

      expect(reply.status).toBe(403);
    },
  );

  it('cannot delete an OAuth client with its versions', async () => {
    const reply = await ops.delete(`${setup.configMount}/metadata/clients/default`);

    expect(reply.status).toBe(403);
  });
});
