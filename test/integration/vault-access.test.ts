import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { servicePolicy } from '../../src/vault/admin/policies.ts';
import { writePolicies } from '../../src/vault/admin/write-policies.ts';
import { endOf } from '../support/app-calls.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { httpRequest } from '../support/http-request.ts';
import { tokenWith } from '../support/service-token.ts';
import { until } from '../support/until.ts';
import { type AppRole, AuthOperator } from '../support/vault-auth.ts';

let world: AppWorld;
let app: AppProcess;

beforeEach(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await app?.kill();
  await world?.close();
});

const get = async (path: string) => (await httpRequest(app.opsPort, path)).body;
const readiness = async () => JSON.parse(await get('/readyz'));
const metric = async (line: string) => (await get('/metrics')).split('\n').includes(line);
const lost = (cause: string) => metric(`tokenvault_vault_access_lost{cause="${cause}"} 1`);
const ready = () => until('it is ready', async () => (await readiness()).state === 'ready');

describe('a service that logs in by AppRole', () => {
  let operator: AuthOperator;
  let role: AppRole;

  beforeEach(async () => {
    operator = new AuthOperator(world.root, servicePolicy(world.mounts).name);
    role = await operator.appRole();
    const secretIdFile = join(dirname(world.configFile), 'secret-id');
    writeFileSync(secretIdFile, await operator.secretId(role));
    const { mount, roleId } = role;
    const tree = Object(parse(readFileSync(world.configFile, 'utf8')));
    tree.vault.auth = { approle: { mount, role_id: roleId, secret_id_file: secretIdFile } };
    writeFileSync(world.configFile, stringify(tree));
    app = await startAppProcess(world);
    await app.calls.signIn('alice');
  });

  it('heals when its token is revoked, and no call fails; its last token ends with it', async () => {
    const ends: string[] = [];
    let going = true;
    const caller = async () => {
      while (going) ends.push(await endOf(app.calls.getUser('alice')));
    };
    const callers = Array.from({ length: 4 }, caller);
    await operator.write(`sys/leases/revoke-prefix/auth/${role.mount}`, { sync: true });
    const again = 'tokenvault_vault_logins_total{method="approle",outcome="ok"} 2';
    await until('it has logged in again', () => metric(again), { timeoutMs: 5_000 });
    const before = ends.length;
    await until('calls went on', () => ends.length > before + 20);
    going = false;
    await Promise.all(callers);
    expect(new Set(ends)).toEqual(new Set(['OK']));
    expect((await readiness()).state).toBe('ready');

    expect(await app.terminate()).toBe(0);
    const left = await world.root.read(`sys/leases/lookup/auth/${role.mount}/login?list=true`);
    expect(left.status).toBe(404);
  });

  it('says which right it has lost, although the log can be read, until it has it again', async () => {
    await app.calls.getToken('alice');
    const { rules, name } = servicePolicy(world.mounts);
    const without = rules.filter(({ path }) => !path.includes('data/users/'));
    await writePolicies(world.root, [{ name, rules: without }]);
    expect(await endOf(app.calls.getUser('alice'))).toBe('STORE_ACCESS_LOST');
    const detail = `lacks create, read, update on ${world.mounts.mount}/data/users/*: give it the policy`;
    await until('the right is named', async () =>
      JSON.stringify((await readiness()).failing).includes(detail),
    );
    expect(await readiness()).toMatchObject({
      state: 'degraded',
      failing: [{ dependency: 'vault' }],
    });
    expect(await lost('policy_denies')).toBe(true);
    expect(await lost('token_dead')).toBe(false);
    expect(await endOf(app.calls.getToken('alice'))).toBe('OK');

    await writePolicies(world.root, [{ name, rules }]);
    await ready();
    expect(await endOf(app.calls.getUser('alice'))).toBe('OK');
    expect(await lost('policy_denies')).toBe(false);
  });
});

describe('a service with a token in a file', () => {
  it('says that it is dead, and goes on with the next one', async () => {
    app = await startAppProcess(world);
    await app.calls.signIn('alice');
    await world.root.write('auth/token/revoke', { token: world.serviceToken.reveal() });
    expect(await endOf(app.calls.getUser('alice'))).toBe('STORE_ACCESS_LOST');
    expect(await lost('token_dead')).toBe(true);
    expect((await readiness()).failing).toMatchObject([
      { dependency: 'vault', detail: expect.stringMatching(/does not accept the token/) },
    ]);

    const file = join(dirname(world.configFile), 'service-token');
    const next = await tokenWith(world.root, servicePolicy(world.mounts));
    writeFileSync(`${file}.new`, next.reveal());
    renameSync(`${file}.new`, file);
    await ready();
    expect(await endOf(app.calls.getUser('alice'))).toBe('OK');
    expect(app.printed.join('\n')).not.toContain(next.reveal());
  });
});
