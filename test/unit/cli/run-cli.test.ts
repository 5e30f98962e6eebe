import { describe, expect, it } from 'vitest';
import { typeCommand } from '../../support/cli-terminal.ts';

const VAULT = { VAULT_ADDR: 'https://vault.example:8200', VAULT_TOKEN: 'hvs.operator' };

describe('a command line that makes no sense', () => {
  it.each([
    ['an unknown command', ['inti'], {}, 'unknown command'],
    ['an unknown flag', ['init', '--revocation-bund', '2s'], VAULT, 'unknown option'],
    ['no address of Vault', ['init'], {}, 'Say where Vault is'],
    [
      'an address that is none',
      ['init', '--vault-addr', 'vault:8200'],
      VAULT,
      'must be an https URL',
    ],
    ['plain HTTP to another machine', ['init', '--vault-addr', 'http://vault:1'], VAULT, 'https'],
    ['no token', ['init', '--vault-addr', 'https://v:1'], {}, 'no Vault token'],
    ['a CA that is not there', ['init', '--ca', 'ca.pem'], VAULT, 'ca.pem'],
    ['a CA folder that is not there', ['init', '--ca-path', 'cas'], VAULT, '--ca-path (cas) must'],
    [
      'a certificate without its key',
      ['init'],
      { ...VAULT, VAULT_CLIENT_KEY: 'key.pem' },
      'VAULT_CLIENT_KEY (key.pem) must name a file',
    ],
    [
      'a switch that is neither on nor off',
      ['init'],
      { ...VAULT, VAULT_SKIP_VERIFY: 'no' },
      'VAULT_SKIP_VERIFY (no) must be true or false, or 1 or 0',
    ],
    ['a bound that is too short', ['init', '--revocation-bound', '10ms'], VAULT, '1s to 60s'],
    ['a mode that is none', ['init', '--revocation-mode', 'lax'], VAULT, 'available, strict'],
    ['a mount with a slash', ['init', '--mount', '/kv'], VAULT, 'must be the path of a mount'],
    ['a file that is not there', ['clients', 'import', 'default', 'x.json'], VAULT, 'x.json'],
    [
      'a source that is none',
      ['clients', 'import', 'a', 'b', '--sources', 'ios'],
      VAULT,
      'web-popup',
    ],
    ['an alias that is none', ['clients', 'show', '../config'], VAULT, 'An alias is'],
    [
      'one mount for both',
      ['init', '--mount', 'a', '--config-mount', 'a'],
      VAULT,
      'two different names',
    ],
    ['a method that is none', ['call', 'Delete', '{}'], {}, 'GetAccessToken'],
    ['a request that is not JSON', ['call', 'GetUser', '{userId'], {}, 'not JSON'],
    ['nobody to call', ['call', 'GetUser', '{}'], {}, 'TOKENVAULT_ADDRESS'],
  ])('ends with 2 and says what to type: %s', async (_what, args, env, says) => {
    const { exitCode, stdout, stderr } = await typeCommand(args, { env });

    expect(stderr.join('\n')).toContain(says);
    expect(stdout).toEqual([]);
    expect(exitCode).toBe(2);
  });

  it('names the variable that is missing beside those that are set', async () => {
    const env = { TOKENVAULT_ADDRESS: 'localhost:1', TOKENVAULT_CA_FILE: 'ca.pem' };
    const files = { 'ca.pem': 'x' };

    const { stderr } = await typeCommand(['call', 'GetUser', '{}'], { env, files });

    expect(stderr[0]).toContain('TOKENVAULT_CERT_FILE is not set');
  });

  it('takes a token or a certificate of a caller, not both', async () => {
    const env = {
      TOKENVAULT_ADDRESS: 'localhost:1',
      TOKENVAULT_CA_FILE: 'ca.pem',
      TOKENVAULT_CERT_FILE: 'cert.pem',
      TOKENVAULT_JWT_FILE: 'token',
    };
    const { exitCode, stderr } = await typeCommand(['call', 'GetUser', '{}'], { env });
    expect(exitCode).toBe(2);
    expect(stderr[0]).toContain('TOKENVAULT_JWT_FILE is set beside TOKENVAULT_CERT_FILE');
  });

  it('names the variable that is missing beside a token', async () => {
    const env = { TOKENVAULT_ADDRESS: 'localhost:1', TOKENVAULT_JWT_FILE: 'token' };
    const { stderr } = await typeCommand(['call', 'GetUser', '{}'], { env });
    expect(stderr[0]).toContain('TOKENVAULT_CA_FILE is not set');
  });

  it('says what is wrong with a client file, key by key and in words of its own', async () => {
    const files = { 'client.json': '{"web":{}}' };
    const args = ['clients', 'import', 'default', 'client.json', '--sources', 'mobile'];

    expect(await typeCommand(args, { env: VAULT, files })).toEqual({
      exitCode: 2,
      stdout: [],
      stderr: [
        'The file is not as Google writes it (web.client_id is missing, or no text; web.client_secret is missing, or no text).',
      ],
    });
  });

  it('never shows the request, which may hold a code', async () => {
    const request = '{"code": "4/planted-code", "cod';

    const { stderr } = await typeCommand(['call', 'ExchangeCode', '-'], { stdin: request });

    expect(stderr.join('\n')).not.toContain('planted');
  });
});

describe('a server with a configuration that makes no sense', () => {
  it.each([
    ['serve', 'listen.'],
    ['gateway', 'gateway.'],
  ])('%s names every problem, each in a line, and does not start', async (command, section) => {
    const { exitCode, stderr } = await typeCommand([command]);

    expect(exitCode).toBe(2);
    expect(stderr.length).toBeGreaterThan(2);
    expect(stderr.join('\n')).toContain(section);
  });

  it.each(['serve', 'gateway'])('%s names a file that is not there', async (command) => {
    const { exitCode, stderr } = await typeCommand([command, '--config', 'nope.yaml']);

    expect(exitCode).toBe(2);
    expect(stderr).toEqual([
      'The configuration file nope.yaml does not exist: correct `--config`.',
    ]);
  });

  it.each(['serve', 'gateway'])('%s refuses an environment that shows secrets', async (command) => {
    const env = { NODE_DEBUG: 'http' };

    const { exitCode, stderr } = await typeCommand([command], { env, execArgv: ['--inspect'] });

    expect(exitCode).toBe(2);
    expect(stderr.filter((line) => line.includes('allow_debug_environment'))).toHaveLength(2);
  });

  it('takes single settings from the command line', async () => {
    const args = ['serve', '--set', 'log.level=loud', '--set', 'log.colour=red'];

    const { stderr } = await typeCommand(args);

    expect(stderr.join('\n')).toContain('log.level');
    expect(stderr.join('\n')).toContain('log.colour');
    expect(stderr.join('\n')).not.toContain('loud');
  });

  it('refuses --set without a value', async () => {
    const { exitCode, stderr } = await typeCommand(['serve', '--set', 'log.level']);

    expect(exitCode).toBe(2);
    expect(stderr[0]).toContain('key=value');
  });
});

describe('help', () => {
  it('goes to stdout and ends with 0', async () => {
    const { exitCode, stdout } = await typeCommand(['--help']);

    expect(exitCode).toBe(0);
    for (const command of ['serve', 'gateway', 'init', 'clients', 'call']) {
      expect(stdout.join('\n')).toContain(`  ${command}`);
    }
  });
});

describe('a Vault that is not there', () => {
  it('is named as such, without a stack', async () => {
    const env = { VAULT_ADDR: 'http://127.0.0.1:1', VAULT_TOKEN: 'hvs.operator' };

    const { exitCode, stderr } = await typeCommand(['init'], { env });

    expect(exitCode).toBe(1);
    expect(stderr).toEqual([
      'Vault cannot be reached (ECONNREFUSED): check its address, its CA certificate and that it runs.',
    ]);
  });
});
