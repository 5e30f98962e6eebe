import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { typeCommand } from '../../support/cli-terminal.ts';
import { configFiles, SERVER } from '../../support/config-files.ts';

const CONFIG = ['--config', 'tokenvault.yaml'];
let files: Readonly<Record<string, string>>;

beforeAll(async () => {
  files = Object.fromEntries(await configFiles());
});

const withFile = (text: string) => ({ ...files, 'tokenvault.yaml': text });

describe('`tokenvault config check`', () => {
  it.each(['serve', 'gateway'])('says in one line that all is well for %s', async (server) => {
    expect(await typeCommand(['config', 'check', server, ...CONFIG], { files })).toEqual({
      exitCode: 0,
      stdout: [`The configuration of \`tokenvault ${server}\` is good.`],
      stderr: [],
    });
  });

  it('checks for `serve` where no server is named, and finds the file as that does', async () => {
    const env = { TOKENVAULT_CONFIG: 'tokenvault.yaml' };
    const { stdout } = await typeCommand(['config', 'check'], { files, env });
    expect(stdout).toEqual(['The configuration of `tokenvault serve` is good.']);
  });

  it('reports every problem with key, file and line, or the source, and what is allowed', async () => {
    const text = `${stringify(SERVER)}limits:\n  connections: none\n  message_sise: 1MiB\n`;
    const args = ['config', 'check', ...CONFIG, '--set', 'log.level=loud'];
    const env = { TOKENVAULT_VAULT_READ_RETRIES: '11' };
    const { exitCode, stdout, stderr } = await typeCommand(args, { files: withFile(text), env });
    expect(exitCode).toBe(2);
    expect(stdout).toEqual([]);
    expect(stderr).toEqual([
      expect.stringMatching(
        /^limits\.message_sise \(tokenvault\.yaml:\d+\) is not a key: did you mean limits\.message_size\?/,
      ),
      'vault.read_retries (environment TOKENVAULT_VAULT_READ_RETRIES) must be a whole number from 0 to 10.',
      expect.stringMatching(
        /^limits\.connections \(tokenvault\.yaml:\d+\) must be a whole number from 1 to 100000\.$/,
      ),
      'log.level (flag --set) must be one of debug, info, warn, error, silent.',
    ]);
  });

  it('says the same as JSON', async () => {
    const args = ['config', 'check', '--json', ...CONFIG];
    expect((await typeCommand(args, { files })).stdout).toEqual(['{"ok":true,"problems":[]}']);
    const text = `cache:\n  max_tokens: 0\n${stringify(SERVER)}`;
    const { exitCode, stdout } = await typeCommand(args, { files: withFile(text) });
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout.join('\n'))).toEqual({
      ok: false,
      problems: [
        {
          key: 'cache.max_tokens',
          source: { kind: 'file', file: 'tokenvault.yaml', line: 2 },
          problem:
            'cache.max_tokens (tokenvault.yaml:2) must be a whole number from 1 to 10000000.',
        },
      ],
    });
  });

  it('minds what shows secrets, as the servers do', async () => {
    const env = { NODE_DEBUG: 'http' };
    const { exitCode, stderr } = await typeCommand(['config', 'check', ...CONFIG], { files, env });
    expect(exitCode).toBe(2);
    expect(stderr).toEqual([expect.stringContaining('NODE_DEBUG is set')]);
  });
});

describe('`tokenvault config print`', () => {
  /** The lines printed, as words: key, value and source. */
  async function printed(args: readonly string[], env = {}): Promise<Map<string, string>> {
    const { stdout, stderr } = await typeCommand(['config', 'print', ...args], { files, env });
    expect(stderr).toEqual([]);
    const rows = stdout.map((line) => line.split(/ {2,}/));
    return new Map(rows.map(([key = '', ...rest]) => [key, rest.join(' | ')]));
  }

  it('shows what every key is set to, with its unit, and by whom', async () => {
    const env = { TOKENVAULT_LIMITS_CONNECTIONS: '7', VAULT_NAMESPACE: 'team' };
    const rows = await printed([...CONFIG, '--set', 'log.level=debug'], env);
    expect(rows.get('log.level')).toBe('debug | flag --set');
    expect(rows.get('limits.connections')).toBe(
      '7 connections | environment TOKENVAULT_LIMITS_CONNECTIONS',
    );
    expect(rows.get('vault.namespace')).toBe('team | environment VAULT_NAMESPACE');
    expect(rows.get('vault.addresses')).toMatch(
      /^https:\/\/vault\.example\.com:8200 \| tokenvault\.yaml:\d+$/,
    );
    expect(rows.get('limits.message_size')).toBe('64KiB | default');
    expect(rows.get('vault.ca_file')).toBe('– | not set');
    expect(rows.has('gateway.address')).toBe(false);
  });

  it('shows the keys of the gateway', async () => {
    const rows = await printed(['gateway', ...CONFIG]);
    expect(rows.get('gateway.address')).toBe('0.0.0.0:8443 | default');
    expect(rows.has('vault.addresses')).toBe(false);
  });

  it('names files, and shows nothing that is in them', async () => {
    const rows = await printed(CONFIG);
    expect(rows.get('vault.auth.token_file')).toMatch(/^token \(\[redacted\]\) \| /);
    expect(rows.get('listen.tls.key_file')).toMatch(/^server-key\.pem \(\[redacted\]\) \| /);
    expect(rows.get('listen.tls.cert_file')).toMatch(/^server\.pem \| /);
    expect([...rows.values()].join()).not.toMatch(/canary|PRIVATE/);
  });

  it('shows that a token is in the environment, and not which', async () => {
    const { auth: _, ...vault } = SERVER.vault;
    const text = stringify({ ...SERVER, vault });
    const { stdout } = await typeCommand(['config', 'print', ...CONFIG], {
      files: withFile(text),
      env: { VAULT_TOKEN: 'canary' },
    });
    const line = stdout.find((row) => row.startsWith('vault.auth.token_file'));
    expect(line).toMatch(/ \[redacted\] +environment VAULT_TOKEN$/);
    expect(stdout.join()).not.toContain('canary');
  });

  it('is JSON for programs', async () => {
    const args = ['config', 'print', '--json', ...CONFIG];
    const { stdout } = await typeCommand(args, { files });
    expect(stdout.join()).not.toMatch(/canary|PRIVATE/);
    const settings: unknown = JSON.parse(stdout.join('\n'));
    expect(settings).toEqual(
      expect.arrayContaining([
        {
          key: 'limits.calls_in_flight',
          value: 20_000,
          unit: 'calls',
          source: { kind: 'default' },
          reloads: false,
        },
        {
          key: 'listen.tls.key_file',
          value: 'server-key.pem',
          content: '[redacted]',
          source: { kind: 'file', file: 'tokenvault.yaml', line: expect.any(Number) },
          reloads: true,
        },
        { key: 'vault.ca_file', value: null, source: { kind: 'none' }, reloads: true },
      ]),
    );
  });

  it('refuses a configuration with a mistake in it, as check does', async () => {
    const { exitCode, stdout, stderr } = await typeCommand(['config', 'print'], { files: {} });
    expect(exitCode).toBe(2);
    expect(stdout).toEqual([]);
    expect(stderr).toContainEqual(expect.stringMatching(/^policy\.file is missing/));
  });
});
