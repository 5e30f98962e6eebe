import { randomBytes } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/observability/system-clock.ts';
import { whenReady } from '../../src/vault/admin/fresh-mount.ts';
import { type InitOptions, initVault } from '../../src/vault/admin/init.ts';
import type { Mounts } from '../../src/vault/admin/policies.ts';
import { rootClient } from '../support/openbao.ts';

const root = rootClient();
const made: string[] = [];
let mounts: Mounts;

beforeEach(() => {
  const id = randomBytes(6).toString('hex');
  mounts = { mount: `init-${id}`, configMount: `init-config-${id}` };
  made.push(mounts.mount, mounts.configMount);
});

afterAll(async () => {
  for (const mount of made) await root.delete(`sys/mounts/${mount}`);
  await root.close();
});

function init(options: Partial<InitOptions> = {}) {
  return initVault(root, { ...mounts, ...options }, { clock: systemClock });
}

/** The data of a KV v2 answer, as Vault gives it. */
async function dataAt(path: string): Promise<unknown> {
  const reply = await root.read(path);
  return Object(Object(reply.body).data);
}

describe('tokenvault init', () => {
  it('makes both mounts, the path key, the settings, an empty log and the keys of audit and log', async () => {
    const report = await init();

    expect(report.steps.map(({ what, outcome }) => [what, outcome])).toEqual([
      [`mount ${mounts.mount}/`, 'created'],
      [`mount ${mounts.configMount}/`, 'created'],
      [`${mounts.mount}/path-key`, 'created'],
      [`${mounts.mount}/settings`, 'created'],
      [`${mounts.mount}/revocation-log`, 'created'],
      [`${mounts.configMount}/audit-key`, 'created'],
      [`${mounts.configMount}/log-key`, 'created'],
    ]);
    expect(report.settings).toEqual({ boundMs: 2_000, mode: 'available' });
    expect(await dataAt(`${mounts.mount}/config`)).toMatchObject({
      cas_required: true,
      max_versions: 2,
    });
    expect(await dataAt(`${mounts.configMount}/config`)).toMatchObject({ cas_required: false });
  });

  it('changes nothing the second time, least of all the keys', async () => {
    await init();
    const config = `${mounts.configMount}/data`;
    const keys = [`${mounts.mount}/data/path-key`, `${config}/audit-key`, `${config}/log-key`];
    const before = await Promise.all(keys.map(dataAt));

    const report = await init();

    expect(report.steps.map(({ outcome }) => outcome)).toEqual(Array(7).fill('unchanged'));
    expect(await Promise.all(keys.map(dataAt))).toEqual(before);
  });

  it('gives every installation a key of its own', async () => {
    await init();
    const first = await dataAt(`${mounts.mount}/data/path-key`);
    mounts = { mount: `${mounts.mount}-b`, configMount: `${mounts.configMount}-b` };
    made.push(mounts.mount, mounts.configMount);
    await init();

    expect(first).toHaveProperty('data.record', expect.stringContaining('"key"'));
    expect(await dataAt(`${mounts.mount}/data/path-key`)).not.toEqual(first);
  });

  it('finishes what an interrupted run began', async () => {
    await root.write(`sys/mounts/${mounts.mount}`, { type: 'kv', options: { version: '2' } });

    await init();

    expect(await dataAt(`${mounts.mount}/config`)).toMatchObject({
      cas_required: true,
      max_versions: 2,
    });
    expect((await init()).steps.every(({ outcome }) => outcome === 'unchanged')).toBe(true);
  });

  it('leaves one whole installation when it runs twice at once', async () => {
    const runs = await Promise.allSettled([init(), init()]);

    const refusals = runs.filter((run) => run.status === 'rejected').map((run) => run.reason);
    for (const refusal of refusals) expect(refusal).toHaveProperty('name', 'Refusal');
    await init();
    const after = await init();
    expect(after.steps.every(({ outcome }) => outcome === 'unchanged')).toBe(true);
  });
});

describe('the revocation settings', () => {
  it('are what the first run was told', async () => {
    const { settings } = await init({ boundMs: 5_000, mode: 'strict' });

    expect(settings).toEqual({ boundMs: 5_000, mode: 'strict' });
    expect((await init()).settings).toEqual(settings);
  });

  it('are changed on request alone, because replicas must not differ', async () => {
    await init({ boundMs: 5_000 });

    await expect(init({ boundMs: 3_000 })).rejects.toThrow('stop all replicas');
    expect((await init()).settings.boundMs).toBe(5_000);

    const report = await init({ boundMs: 3_000, changeSettings: true });
    expect(report.settings).toEqual({ boundMs: 3_000, mode: 'available' });
    expect(report.steps).toContainEqual({ what: `${mounts.mount}/settings`, outcome: 'changed' });
    expect((await init()).settings.boundMs).toBe(3_000);
  });
});

describe('init keeps its hands off', () => {
  it('a mount of another engine', async () => {
    await root.write(`sys/mounts/${mounts.configMount}`, { type: 'transit' });

    await expect(init()).rejects.toThrow(`${mounts.configMount}/ is there, but`);
  });

  it('a mount that is KV version 1', async () => {
    await root.write(`sys/mounts/${mounts.mount}`, { type: 'kv', options: { version: '1' } });

    await expect(init()).rejects.toThrow('not KV version 2');
  });

  it('a KV v2 mount of somebody else, whose versions it would cut off', async () => {
    await root.write(`sys/mounts/${mounts.mount}`, { type: 'kv', options: { version: '2' } });
    await whenReady(systemClock, () =>
      root.write(`${mounts.mount}/data/billing/password`, { data: { value: 'x' } }),
    );

    await expect(init()).rejects.toThrow('not TokenVault’s');
    expect(await dataAt(`${mounts.mount}/config`)).toMatchObject({ cas_required: false });
  });

  it('a path key that was deleted, because a new one would lose every user', async () => {
    await init();
    await root.delete(`${mounts.mount}/data/path-key`);

    await expect(init()).rejects.toThrow('kv undelete -versions=1');
  });

  it('a single mount for both', async () => {
    const configMount = mounts.mount;

    await expect(init({ configMount })).rejects.toThrow('two different names');
  });
});
