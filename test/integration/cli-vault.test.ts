import { randomBytes } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { opsPolicy } from '../../src/vault/admin/policies.ts';
import { type TerminalOptions, typeCommand } from '../support/cli-terminal.ts';
import { rootClient, sharedServer } from '../support/openbao.ts';
import { tokenWith } from '../support/service-token.ts';

const root = rootClient();
const made: string[] = [];
let mounts: readonly string[];
let names: { readonly own: string; readonly ops: string };

beforeEach(() => {
  const id = randomBytes(6).toString('hex');
  names = { own: `cli-${id}`, ops: `cli-config-${id}` };
  mounts = ['--mount', names.own, '--config-mount', names.ops];
  made.push(names.own, names.ops);
});

afterAll(async () => {
  for (const mount of made) await root.delete(`sys/mounts/${mount}`);
  await root.close();
});

const FILE = JSON.stringify({
  web: {
    client_id: 'web-client',
    client_secret: 'GOCSPX-planted-secret-1111',
    javascript_origins: ['https://app.example'],
  },
});

function type(args: readonly string[], options: TerminalOptions = {}) {
  const { address, rootToken } = sharedServer();
  return typeCommand(args, {
    env: { BAO_ADDR: address, BAO_TOKEN: rootToken },
    files: { 'client.json': FILE },
    ...options,
  });
}

const PARTIES = ['service', 'ops', 'auditor'];

describe('tokenvault init', () => {
  it('says what it made and prints the policies', async () => {
    const { exitCode, stdout } = await type(['init', ...mounts]);

    expect(exitCode).toBe(0);
    expect(stdout.slice(0, 8)).toEqual([
      `mount ${names.own}/: created`,
      `mount ${names.ops}/: created`,
      `${names.own}/path-key: created`,
      `${names.own}/settings: created`,
      `${names.own}/revocation-log: created`,
      `${names.ops}/audit-key: created`,
      `${names.ops}/log-key: created`,
      'revocation bound 2 s, mode available',
    ]);
    for (const party of PARTIES) {
      expect(stdout).toContain(`# vault policy write ${names.own}-${party} -`);
    }
  });

  it('says that nothing was changed the second time', async () => {
    await type(['init', ...mounts]);

    const { exitCode, stdout } = await type(['init', ...mounts]);

    expect(exitCode).toBe(0);
    expect(stdout).toContain('Vault was prepared already; nothing was changed.');
  });

  it('writes the policies where it is told to', async () => {
    const { stdout } = await type(['init', '--write-policies', ...mounts]);

    expect(stdout.slice(-PARTIES.length)).toEqual(
      PARTIES.map((party) => `policy ${names.own}-${party}: written`),
    );
    for (const party of PARTIES) {
      const policy = `sys/policies/acl/${names.own}-${party}`;
      expect((await root.read(policy)).status).toBe(200);
      await root.delete(policy);
    }
  });

  it('ends with 1 and one sentence where the token may not', async () => {
    const { address } = sharedServer();
    const policy = opsPolicy({ mount: names.own, configMount: names.ops });
    const weak = await tokenWith(root, policy);
    const env = { BAO_ADDR: address, BAO_TOKEN: weak.reveal() };

    const { exitCode, stdout, stderr } = await type(['init', ...mounts], { env });

    expect(exitCode).toBe(1);
    expect(stdout).toEqual([]);
    expect(stderr).toEqual([
      `Vault does not allow this token to make the mount ${names.own}/: use a token that may.`,
    ]);
  });

  it('takes the token of `vault login`', async () => {
    const { address, rootToken } = sharedServer();

    const { exitCode } = await type(['init', ...mounts], {
      env: { VAULT_ADDR: address },
      files: { '/home/operator/.vault-token': `${rootToken}\n` },
    });

    expect(exitCode).toBe(0);
  });
});

describe('a token that Vault does not know', () => {
  it.each([
    ['init', []],
    ['clients', ['import', 'default', 'client.json', '--sources', 'mobile']],
    ['clients', ['list']],
    ['clients', ['show', 'default']],
  ])('is named as such: %s %j', async (command, args) => {
    const env = { BAO_ADDR: sharedServer().address, BAO_TOKEN: 's.nobody' };

    const { exitCode, stdout, stderr } = await type([command, ...args], { env });

    expect(exitCode).toBe(1);
    expect(stdout).toEqual([]);
    expect(stderr).toEqual([expect.stringMatching(/^Vault does not accept the token: .*\.$/)]);
  });
});

describe('tokenvault clients', () => {
  it('shows a record that the service cannot use, and says what it lacks', async () => {
    await type(['init', ...mounts]);
    const fields = { client_id: 'web-client', code_sources: 'mobile,ios', note: 'by hand' };
    await root.write(`${names.ops}/data/clients/default`, { data: fields });

    const shown = await type(['clients', 'show', 'default', '--config-mount', names.ops]);

    expect(shown.exitCode).toBe(1);
    expect(shown.stdout).toContain('client_id: web-client');
    expect(shown.stderr).toEqual([
      expect.stringMatching(
        /default \(client_secret is missing, or no string; code_sources names .*\): import/,
      ),
    ]);
  });

  it('imports, lists and shows a client, and never its secret', async () => {
    await type(['init', ...mounts]);
    const ops = ['--config-mount', names.ops];

    const empty = await type(['clients', 'list', ...ops]);
    const imported = await type([
      ...['clients', 'import', 'default', 'client.json', '--sources', 'mobile,web-popup'],
      ...['--default-source', 'web-popup', ...ops],
    ]);
    const listed = await type(['clients', 'list', ...ops]);
    const shown = await type(['clients', 'show', 'default', ...ops]);
    const unknown = await type(['clients', 'show', 'other', ...ops]);

    expect(empty).toMatchObject({ exitCode: 0, stdout: [] });
    expect(imported).toEqual({
      exitCode: 0,
      stdout: ['default: created (version 1)', 'client id web-client, secret …1111'],
      stderr: [],
    });
    expect(listed.stdout).toEqual(['default']);
    expect(shown.stdout).toEqual([
      'client_id: web-client',
      'client_secret: …1111',
      'code_sources: mobile,web-popup',
      'default_code_source: web-popup',
      'redirect_uris: https://app.example',
      'version: 1',
    ]);
    expect(unknown).toMatchObject({ exitCode: 1, stderr: [expect.stringContaining('no OAuth')] });
    expect(await type(['clients', 'show', '../config', ...ops])).toMatchObject({
      exitCode: 2,
      stderr: [expect.stringContaining('An alias is')],
    });
    const printed = [empty, imported, listed, shown, unknown].flatMap(({ stdout, stderr }) => [
      ...stdout,
      ...stderr,
    ]);
    expect(printed.join('\n')).not.toContain('planted');
  });
});
