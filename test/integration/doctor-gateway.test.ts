import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { devSpiffeId } from '../../src/dev/certificate-files.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  loadCertificateAuthority,
} from '../../src/dev/certificates.ts';
import { writeGatewayConfig } from '../../src/dev/dev-config.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { typeCommand } from '../support/cli-terminal.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

let world: AppWorld;
let app: RunningApp;
let folder: string;
let authority: CertificateAuthority;
/** Of the machine, by path; tests plant in them. */
let files: Record<string, string>;

beforeAll(async () => {
  world = await startWorld();
  app = await startRunningApp(world);
  folder = dirname(world.configFile);
  const { certificates } = world;
  const tokenVaultPort = app.port;
  await writeGatewayConfig({ directory: folder, certificates, tokenVaultPort, port: 8443 });
  const [cert, key] = ['ca.pem', 'ca-key.pem'].map((name) => readFileSync(at(name), 'utf8'));
  authority = await loadCertificateAuthority({ cert: cert ?? '', key: key ?? '' });
});
beforeEach(() => {
  const paths = readdirSync(folder).map(at);
  files = Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'utf8')]));
});
afterAll(async () => {
  await app?.stop();
  await world?.close();
});

const at = (name: string) => join(folder, name);

/** In the gateway's configuration. */
function plant(line: RegExp, instead: string): void {
  const text = files[at('gateway.yaml')] ?? '';
  expect(text).toMatch(line);
  files[at('gateway.yaml')] = text.replace(line, instead);
}

async function showing(name: string, pair: Promise<{ cert: string; key: string }>): Promise<void> {
  const { cert, key } = await pair;
  Object.assign(files, { [at(`${name}.pem`)]: cert, [at(`${name}-key.pem`)]: key });
}

/** Everything that is said of the gateway, as `severity id`. */
async function found(): Promise<readonly string[]> {
  const flags = Object.entries(world.flags).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const named = ['--config', world.configFile, '--gateway', at('gateway.yaml')];
  const { stdout } = await typeCommand(['doctor', '--json', ...named, ...flags], { files });
  const { findings } = JSON.parse(stdout.join('\n'));
  return findings
    .filter(
      ({ area, text }: Record<string, string>) => area === 'gateway' || /gateway/.test(text ?? ''),
    )
    .map(({ severity, id }: Record<string, string>) => `${severity} ${id}`);
}

const GOOD_FILES = Array(3).fill('ok tls.good');

describe('tokenvault doctor --gateway', () => {
  it('finds nothing wrong where nothing is', async () => {
    expect(await found()).toEqual([
      'ok config.good',
      ...GOOD_FILES,
      'ok gateway.reaches',
      'ok gateway.allowed',
    ]);
  });

  it('finds a key that there is not, and looks no further', async () => {
    plant(/ address:/, ' adress:');
    expect(await found()).toEqual([
      'error config.problem',
      ...Array(4).fill('skipped check.skipped'),
    ]);
  });

  it('finds a TokenVault that is not there', async () => {
    plant(/token_vault_address: .*/, 'token_vault_address: localhost:1');
    expect(await found()).toContain('error gateway.unreachable');
  });

  it('finds a TokenVault that is not believed', async () => {
    const { cert } = await createCertificateAuthority('somebody else');
    files[at('other-ca.pem')] = cert;
    plant(/ca_file: .*/, `ca_file: ${at('other-ca.pem')}`);
    expect(await found()).toContain('error gateway.unreachable');
  });

  it('finds a certificate that TokenVault does not take', async () => {
    const stranger = await createCertificateAuthority('somebody else');
    await showing('gateway', stranger.issueClient(devSpiffeId('gateway')));
    expect(await found()).toContain('error gateway.refused');
  });

  it('finds certificates that have ended, and one for another host', async () => {
    const options = { dns: ['other.example'], serverAuth: true };
    await showing('gateway-server', authority.issue(options));
    expect(await found()).toContain('warning tls.name_differs');
    const lifeMs = -60_000;
    await showing('gateway-server', authority.issue({ ...options, lifeMs }));
    const identity = { uris: [devSpiffeId('gateway')], clientAuth: true, lifeMs };
    await showing('gateway', authority.issue(identity));
    const wrong = (await found()).filter((line) => line.startsWith('error'));
    expect(wrong).toEqual(['error tls.expired', 'error tls.expired', 'error gateway.refused']);
  });

  it('finds a policy that does not know the gateway', async () => {
    await showing('gateway', authority.issueClient('spiffe://dev.tokenvault.example/other'));
    expect(await found()).toContain('error gateway.not_allowed');
    await showing('gateway', authority.issueClient('spiffe://elsewhere.example/gateway'));
    expect(await found()).toContain('error gateway.not_allowed');
  });

  it('finds a policy that keeps the OAuth client of its codes from it', async () => {
    const policy = at('policy.yaml');
    const narrow = (files[policy] ?? '').replace(
      /(dev\.tokenvault\.example\/gateway[\s\S]*?oauth_clients:\s+- )\S+/,
      '$1partner',
    );
    expect(narrow).not.toBe(files[policy]);
    files[policy] = narrow;
    expect(await found()).toContain('error gateway.not_allowed');
  });

  it('knows which OAuth client its codes are for, and tries each address of TokenVault', async () => {
    plant(/^gateway:$/m, 'gateway:\n  oauth_client: partner');
    plant(/(token_vault_address: )(\S+)/, '$1[$2, "localhost:1"]');
    const ids = await found();
    expect(ids).toContain('error gateway.not_allowed');
    expect(ids).toContain('error gateway.unreachable');
  });

  it('finds keys for its users’ tokens that cannot be had, or are none', async () => {
    const login = (keys: string) =>
      plant(
        /^gateway:$/m,
        `gateway:\n  login_jwt:\n    issuer: https://login.example\n    audience: a\n    ${keys}`,
      );
    login('jwks_url: https://localhost:1/keys');
    expect(await found()).toContain('error gateway.login_keys_missing');
    plant(/jwks_url: .*/, `jwks_file: ${at('keys.json')}`);
    files[at('keys.json')] = '{"keys":[]}';
    expect(await found()).toContain('error config.problem');
  });

  it('finds a policy that lets it do more than it has to', async () => {
    await showing('gateway', authority.issueClient(devSpiffeId('operator')));
    expect(await found()).toContain('warning gateway.too_wide');
  });
});
