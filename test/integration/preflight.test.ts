import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { whenReady } from '../../src/vault/admin/fresh-mount.ts';
import { type Mounts, servicePolicy } from '../../src/vault/admin/policies.ts';
import { preflight } from '../../src/vault/admin/preflight.ts';
import type { VaultClient } from '../../src/vault/vault-client.ts';
import { freshMounts, rootClient } from '../support/openbao.ts';
import { clientWith, tokenWith } from '../support/service-token.ts';

const root = rootClient();
const made: string[] = [];
let mounts: Mounts;
let service: VaultClient;

beforeEach(async () => {
  mounts = await freshMounts(root);
  made.push(mounts.mount, mounts.configMount);
  service = clientWith(await tokenWith(root, servicePolicy(mounts)));
});

afterEach(() => service.close());

afterAll(async () => {
  for (const mount of made) await root.delete(`sys/mounts/${mount}`);
  await root.close();
});

/** Puts another engine in the mount's place. */
async function remount(mount: string, body: object): Promise<void> {
  await root.delete(`sys/mounts/${mount}`);
  await root.write(`sys/mounts/${mount}`, body);
}

describe('the start-up check', () => {
  it('finds nothing wrong after init, with the least-privilege token', async () => {
    expect(await preflight(service, mounts)).toEqual([]);
  });

  it('is content with a token that may do everything', async () => {
    expect(await preflight(root, mounts)).toEqual([]);
  });

  it('refuses KV version 1', async () => {
    await remount(mounts.mount, { type: 'kv', options: { version: '1' } });

    const problems = await preflight(service, mounts);

    expect(problems).toEqual([
      expect.stringContaining('is not KV version 2: run `tokenvault init`'),
    ]);
  });

  it('refuses another engine in the place of the config mount', async () => {
    await remount(mounts.configMount, { type: 'transit' });

    const problems = await preflight(service, mounts);

    expect(problems).toEqual([
      expect.stringContaining(`no KV version 2 mount ${mounts.configMount}/`),
    ]);
  });

  it('refuses a Vault without the mounts, naming both', async () => {
    await root.delete(`sys/mounts/${mounts.mount}`);
    await root.delete(`sys/mounts/${mounts.configMount}`);

    const problems = await preflight(service, mounts);

    expect(problems).toEqual([
      expect.stringContaining(`no KV version 2 mount ${mounts.mount}/`),
      expect.stringContaining(`no KV version 2 mount ${mounts.configMount}/`),
    ]);
  });

  it.each([
    ['writes without check-and-set', { cas_required: false }, 'cas_required=true'],
    ['another number of versions', { max_versions: 10 }, 'max_versions=2'],
    ['one version', { max_versions: 1 }, 'max_versions=2'],
    ['records that vanish by age', { delete_version_after: '24h' }, 'delete_version_after=0s'],
  ])('refuses a mount with %s, and says what to type', async (_what, config, remedy) => {
    await root.write(`${mounts.mount}/config`, config);

    const problems = await preflight(service, mounts);

    expect(problems).toEqual([
      expect.stringContaining(`vault write ${mounts.mount}/config ${remedy}`),
    ]);
  });

  it('refuses an empty mount that init has not seen', async () => {
    await remount(mounts.mount, { type: 'kv', options: { version: '2' } });
    await whenReady(systemClock, () =>
      root.write(`${mounts.mount}/config`, { cas_required: true, max_versions: 2 }),
    );

    const problems = await preflight(service, mounts);

    expect(problems).toEqual([
      expect.stringContaining(`${mounts.mount}/path-key is missing: run \`tokenvault init\``),
      expect.stringContaining(`${mounts.mount}/settings is missing: run \`tokenvault init\``),
    ]);
  });

  const { rules } = servicePolicy({ mount: 'own', configMount: 'ops' });
  const needed = rules.filter(({ dispensable }) => dispensable !== true);
  it.each(needed.map(({ path }) => path))(
    'refuses a policy without the rule for %s, and names it',
    async (path) => {
      const full = servicePolicy(mounts);
      const own = path.replace(/^own/, mounts.mount).replace(/^ops/, mounts.configMount);
      const rules = full.rules.filter((rule) => rule.path !== own);
      const weak = clientWith(await tokenWith(root, { name: `${full.name}-weak`, rules }));

      const problems = await preflight(weak, { ...mounts, audit: true });
      await weak.close();

      expect(problems).toEqual([expect.stringContaining(`on ${own}: give it the policy`)]);
    },
  );

  it('is content with the policy of a release that could not list users', async () => {
    const { name, rules } = servicePolicy(mounts);
    const before = {
      name: `${name}-before`,
      rules: rules.filter(({ path }) => !path.includes('metadata/users')),
    };
    const service = clientWith(await tokenWith(root, before));

    expect(await preflight(service, mounts)).toEqual([]);
    const list = await service.list(`${mounts.mount}/metadata/users/000`);
    expect(list.status).toBe(403);
    await service.close();
  });

  it('asks for the audit’s key only where there is an audit', async () => {
    const { name, rules } = servicePolicy(mounts);
    const unaudited = { name: `${name}-unaudited`, rules: rules.filter((rule) => !rule.forAudit) };
    const weak = clientWith(await tokenWith(root, unaudited));
    await root.delete(`${mounts.configMount}/metadata/audit-key`);

    expect(await preflight(weak, mounts)).toEqual([]);
    expect(await preflight(service, { ...mounts, audit: true })).toEqual([
      `${mounts.configMount}/audit-key is missing: run \`tokenvault init\` with an operator token.`,
    ]);
    await weak.close();
  });

  it.each([
    ['mount', '`vault.mount`'],
    ['configMount', '`vault.config_mount`'],
  ] as const)('thinks of a mistyped name where all is denied: %s', async (name, key) => {
    const [problem, ...others] = await preflight(service, { ...mounts, [name]: 'mistyped' });

    expect(problem).toMatch(/^The token lacks everything on mistyped\/: give it the policy /);
    expect(problem).toMatch(new RegExp(`prints, or correct ${key}\\.$`));
    expect(others).toEqual([]);
  });

  it('refuses a token that Vault does not know', async () => {
    const unknown = clientWith(new Secret('s.unknown'));

    const problems = await preflight(unknown, mounts);
    await unknown.close();

    expect(problems).toEqual([expect.stringContaining('does not accept the token')]);
  });

  it('says each problem in one line', async () => {
    await root.write(`${mounts.mount}/config`, { cas_required: false, max_versions: 5 });

    for (const problem of await preflight(service, mounts)) {
      expect(problem).toMatch(/^[A-Z][^\n]+\.$/);
    }
  });
});
