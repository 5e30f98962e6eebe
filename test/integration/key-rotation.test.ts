import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { LogKey } from '../../src/keys/log-key.ts';
import { servicePolicy } from '../../src/vault/admin/policies.ts';
import { writePolicies } from '../../src/vault/admin/write-policies.ts';
import { endOf } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { auditKeysOf, auditLinesOf, verified } from '../support/audit-fixture.ts';
import { typeCommand } from '../support/cli-terminal.ts';
import { hastyClock } from '../support/hasty-clock.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';

/** Vault keeps ten versions, wrong ones too. */
const ROTATIONS = 4;
const CALLERS = 4;

let world: AppWorld;
let app: RunningApp;
let directory: string;
let auditFile: string;

beforeEach(async () => {
  [world, directory] = await Promise.all([
    startWorld({ settings: { boundMs: 1_000 } }),
    mkdtemp(join(tmpdir(), 'tokenvault-key-rotation-')),
  ]);
  auditFile = join(directory, 'audit.log');
});
afterEach(async () => {
  await app?.stop();
  await world?.close();
  await rm(directory, { recursive: true, force: true });
});

const randomKey = () => randomBytes(32).toString('base64');

/** As `vault kv put` writes it. */
function put(record: 'audit-key' | 'log-key', data: object): Promise<unknown> {
  return world.root.write(`${world.mounts.configMount}/data/${record}`, { data });
}

/** The lines of this event, as objects. */
function logged(event: string): readonly Readonly<Record<string, unknown>>[] {
  return app.logged
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line));
}

/** Cached tokens without a pause. @returns how the calls ended */
function load() {
  const ends = new Map<string, number>();
  let going = true;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (going) {
      const end = await endOf(app.calls.getToken('alice'));
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  });
  const stop = async () => {
    going = false;
    await Promise.all(callers);
    return ends;
  };
  return stop;
}

describe('the key of the audit, replaced under load', () => {
  it('fails no call, also where a line is demanded, and leaves a whole chain', async () => {
    const set = { 'audit.file': auditFile, 'audit.required': 'true' };
    app = await startRunningApp(world, { set, clock: hastyClock });
    await app.calls.signIn('alice');
    const stop = load();
    for (let rotation = 1; rotation <= ROTATIONS; rotation += 1) {
      await put('audit-key', { key: randomKey() });
      await until('the key is taken', () => logged('audit_rekeyed').length === rotation);
      await put('audit-key', { key: `wrong ${rotation}` });
      await until('it is refused', () => logged('audit_key_refused').length === rotation);
    }
    await world.root.delete(`${world.mounts.configMount}/data/audit-key`);
    await until('it is missed', () => logged('audit_key_refused').length === ROTATIONS + 1);
    const ends = await stop();

    expect([...ends.keys()]).toEqual(['OK']);
    const text = await readFile(auditFile, 'utf8');
    const { findings } = await verified({ [auditFile]: text }, ...(await auditKeysOf(world)));
    expect(findings.map(({ kind }) => kind)).toEqual(['no_stop']);
    const lines = auditLinesOf(text.trim().split('\n'));
    expect(new Set(lines.map(({ key }) => key)).size).toBe(ROTATIONS + 1);
    expect(lines.filter(({ event }) => event === 'rekeyed')).toHaveLength(ROTATIONS);
    expect(logged('audit_key_refused')).toMatchObject([
      ...Array.from({ length: ROTATIONS }, () => ({ level: 'error', problem: 'unusable' })),
      { problem: 'absent' },
    ]);
    expect(await app.metrics.text()).toContain(
      `tokenvault_alerts_total{alert="audit_key_refused"} ${ROTATIONS + 1}`,
    );
  });
});

describe('the key of the log', () => {
  const revokedUsers = () => logged('user_revoked').map(({ user, userKey }) => ({ user, userKey }));

  it('is replaced while it runs; each line says its key, and operators find both', async () => {
    app = await startRunningApp(world, { clock: hastyClock });
    const { configMount } = world.mounts;
    await app.calls.revoke('108-alice');
    const next = randomKey();
    await put('log-key', { key: next });
    await until('the key is taken', () => logged('log_key_taken').length === 1);
    await put('log-key', { key: 'a password' });
    await until('it is refused', () => logged('log_key_refused').length === 1);
    await app.calls.revoke('108-alice');
    const [before, after] = revokedUsers();
    expect(after).toEqual(new LogKey(new Secret(next)).of('108-alice'));
    expect(before?.userKey).not.toBe(after?.userKey);

    const vault = ['--vault-addr', world.server.address, '--config-mount', configMount];
    const env = { VAULT_TOKEN: world.server.rootToken };
    const command = ['log', 'hash-user', '108-alice', ...vault];
    const { stdout, stderr } = await typeCommand(command, { env });
    expect(stderr).toEqual([]);
    expect(stdout).toEqual([
      `${after?.user} (userKey ${after?.userKey})`,
      `${before?.user} (userKey ${before?.userKey})`,
    ]);
    expect(app.logged.join('')).not.toContain('108-alice');
  });

  it('is missed in a warning where Vault has none yet, and taken when it is made', async () => {
    const { configMount } = world.mounts;
    await world.root.delete(`${configMount}/metadata/log-key`);
    app = await startRunningApp(world, { clock: hastyClock });
    expect(logged('log_key_missing')).toMatchObject([
      {
        level: 'warn',
        record: `${configMount}/log-key`,
        problem: 'absent',
        remedy: 'tokenvault init --write-policies',
      },
    ]);
    await app.calls.revoke('108-alice');
    await put('log-key', { key: randomKey() });
    await until('the key is taken', () => logged('log_key_taken').length === 1);
    await app.calls.revoke('108-alice');
    expect(revokedUsers()[0]?.userKey).toBe('path-key');
    expect(revokedUsers()[1]?.userKey).toBe(logged('log_key_taken')[0]?.userKey);
    expect(logged('log_key_refused')).toEqual([]);
  });

  it('that is none at the start is refused, and keeps nobody from starting', async () => {
    await put('log-key', { key: 'a password' });
    app = await startRunningApp(world, { clock: hastyClock });
    expect(logged('log_key_refused')).toMatchObject([{ part: 'log-key', problem: 'unusable' }]);
    await put('log-key', { key: randomKey() });
    await until('the key is taken', () => logged('log_key_taken').length === 1);
  });

  it('is missed in a warning where the policy is from before there was one', async () => {
    const { name, rules } = servicePolicy(world.mounts);
    const before = rules.filter(({ dispensable }) => dispensable !== true);
    await writePolicies(world.root, [{ name, rules: before }]);
    app = await startRunningApp(world);
    expect(logged('log_key_missing')).toMatchObject([{ problem: 'denied' }]);
    expect(logged('store_access_lost')).toEqual([]);
    await app.calls.signIn('alice');
  });
});
