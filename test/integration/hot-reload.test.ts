import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { GetUserRequest } from '../../src/client/messages.ts';
import { devSpiffeId } from '../../src/dev/certificate-files.ts';
import { type CertificateAuthority, loadCertificateAuthority } from '../../src/dev/certificates.ts';
import { servicePolicy } from '../../src/vault/admin/policies.ts';
import { endOf } from '../support/app-calls.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, dial, startWorld } from '../support/app-world.ts';
import { httpRequest } from '../support/http-request.ts';
import { tokenWith } from '../support/service-token.ts';
import { barePem, shownCertificate } from '../support/shown-certificate.ts';

const SOON = { timeout: 15_000, interval: 20 };

let world: AppWorld;
let app: AppProcess;
let folder: string;

beforeEach(async () => {
  world = await startWorld();
  folder = dirname(world.configFile);
});
afterEach(async () => {
  await app?.kill();
  await world?.close();
});

/** As `mv` does it: a reader sees the old file or the new one. */
function replace(name: string, text: string): void {
  writeFileSync(join(folder, `${name}.new`), text);
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

/** The policy file with the operator's rights alone. */
const operatorMay = (rpcs: readonly string[]) =>
  stringify({
    callers: [
      {
        spiffe_id: devSpiffeId('operator'),
        rpcs,
        ...(rpcs.some((rpc) => /Exchange|Token/.test(rpc)) && { oauth_clients: ['default'] }),
        ...(rpcs.includes('GetAccessToken') && { max_scopes: ['openid', 'drive.appdata'] }),
        users: 'all',
      },
    ],
  });

/** Resolves with the first line of this event, and part where one is named. */
function logged(event: string, part?: string): Promise<string> {
  const matches = (line: string) =>
    line.includes(`"event":"${event}"`) &&
    (part === undefined || line.includes(`"part":"${part}"`));
  return vi.waitUntil(() => app.printed.find(matches), SOON);
}

describe('a caller policy that is changed while the service runs', () => {
  beforeEach(async () => {
    app = await startAppProcess(world);
    await app.calls.signIn('alice');
  });

  it('holds without a restart; a bad one is refused, and the last good one stays', async () => {
    expect(await endOf(app.calls.getUser('alice'))).toBe('OK');

    replace('policy.yaml', operatorMay(['GetAccessToken']));
    await logged('config_taken', 'policy');
    expect(await endOf(app.calls.getUser('alice'))).toBe('CALLER_NOT_ALLOWED');
    expect(await endOf(app.calls.getToken('alice'))).toBe('OK');

    replace('policy.yaml', operatorMay(['GetEverything']));
    const refused = JSON.parse(await logged('config_refused', 'policy'));
    expect(refused).toMatchObject({ level: 'error', problems: 1 });
    expect(await logged('config_problem')).toMatch(
      /callers\[0\]\.rpcs\[0\] \(line 4\) must be one/,
    );
    expect(await endOf(app.calls.getUser('alice'))).toBe('CALLER_NOT_ALLOWED');
    expect(await endOf(app.calls.getToken('alice'))).toBe('OK');
    const { body } = await httpRequest(app.opsPort, '/metrics');
    expect(body).toContain('tokenvault_alerts_total{alert="config_refused"} 1');
    expect(body).toContain('tokenvault_config_reloads_total{part="policy",outcome="taken"} 1');
  });
});

describe('a policy with entries that nobody can match', () => {
  const withIdle = (idle: object) => {
    const { callers } = parse(operatorMay(['GetUser']));
    return stringify({ callers: [...callers, { ...idle, rpcs: ['GetUser'], users: 'all' }] });
  };

  it('is served, with a warning when the service starts and when they change', async () => {
    replace('policy.yaml', withIdle({ dns_name: 'ops.example.org' }));
    app = await startAppProcess(world);
    expect(JSON.parse(await logged('policy_entry_idle'))).toMatchObject({
      level: 'warn',
      entry: 'callers[1]',
      problem: 'listen.dns_names is false',
    });
    replace('policy.yaml', withIdle({ spiffe_id: 'spiffe://example.com/x' }));
    await logged('config_taken', 'policy');
    await vi.waitUntil(() => app.printed.some((line) => line.includes('trust_domain is')), SOON);
    expect(await endOf(app.calls.getUser('nobody'))).toBe('USER_NOT_CONNECTED');
  });
});

describe('a policy that Kubernetes mounts', () => {
  it('is followed when the link beside it is replaced', async () => {
    const mount = join(folder, 'mounted');
    const fill = async (name: string, rpcs: readonly string[]) => {
      await mkdir(join(mount, name), { recursive: true });
      await writeFile(join(mount, name, 'policy.yaml'), operatorMay(rpcs));
      await symlink(name, join(mount, '..data_tmp'));
      await rename(join(mount, '..data_tmp'), join(mount, '..data'));
    };
    await fill('..first', ['ExchangeCode', 'GetUser']);
    await symlink('..data/policy.yaml', join(mount, 'policy.yaml'));
    app = await startAppProcess(world, { set: { 'policy.file': join(mount, 'policy.yaml') } });
    await app.calls.signIn('alice');

    await fill('..second', ['ExchangeCode']);
    await logged('config_taken', 'policy');
    expect(await endOf(app.calls.getUser('alice'))).toBe('CALLER_NOT_ALLOWED');
  });
});

describe('a certificate that is replaced while the service runs', () => {
  let authority: CertificateAuthority;

  beforeEach(async () => {
    const [cert, key] = await Promise.all(
      ['ca.pem', 'ca-key.pem'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    authority = await loadCertificateAuthority({ cert: cert ?? '', key: key ?? '' });
    app = await startAppProcess(world);
    await app.calls.signIn('alice');
  });

  /** What a new connection is shown. */
  function shown(): Promise<string> {
    const {
      caPem: ca,
      certPem: cert,
      keyPem: key,
    } = dial(world.certificates, 'operator', app.port);
    return shownCertificate(app.port, { ca, cert, key });
  }

  it('is shown to new connections, and no call on an open one fails', async () => {
    let going = true;
    const ends = new Set<string>();
    const calls = (async () => {
      while (going) ends.add(await endOf(app.calls.getToken('alice')));
    })();
    const next = await authority.issueServer(['localhost']);
    replace('server-key.pem', next.key);
    replace('server.pem', next.cert);
    await logged('config_taken', 'listen.tls');
    expect(await shown()).toBe(barePem(next.cert));
    const fresh = world.connectAs('operator', app.port);
    await fresh.getUser(GetUserRequest.fromPartial({ userId: 'alice' }), { timeoutMs: 10_000 });
    fresh.close();
    going = false;
    await calls;
    expect(ends).toEqual(new Set(['OK']));
  });

  it.each([
    ['that is not of its key', 60_000, 'must name the private key of'],
    ['that has expired', -60_000, 'this one expired on'],
  ])('is refused where it is one %s', async (_what, lifeMs, problem) => {
    const before = await shown();
    const next = await authority.issue({ dns: ['localhost'], serverAuth: true, lifeMs });
    if (lifeMs < 0) replace('server-key.pem', next.key);
    replace('server.pem', next.cert);
    await logged('config_refused', 'listen.tls');
    expect(await logged('config_problem')).toContain(problem);
    expect(await shown()).toBe(before);
    expect(await endOf(app.calls.getToken('alice'))).toBe('OK');
  });
});

describe('the token of the service', () => {
  it('is replaced without a failed call', async () => {
    app = await startAppProcess(world);
    await app.calls.signIn('alice');
    const next = await tokenWith(world.root, servicePolicy(world.mounts));
    replace('service-token', `${next.reveal()}\n`);
    await logged('config_taken', 'vault.auth');
    await world.root.write('auth/token/revoke', { token: world.serviceToken.reveal() });

    await app.calls.signIn('bob');
    expect(await endOf(app.calls.getUser('alice'))).toBe('OK');
    expect(app.printed.join('\n')).not.toContain(next.reveal());
  });
});

describe('a token that Vault does not take', () => {
  it('is refused, and the last good one stays', async () => {
    app = await startAppProcess(world);
    replace('service-token', 'hvs.of-somebody-else');
    await logged('config_refused', 'vault.auth');
    expect(await logged('config_problem')).toContain('Vault does not accept the token');
    await app.calls.signIn('alice');
    expect(app.printed.join('\n')).not.toContain('of-somebody-else');
  });
});

describe('SIGHUP', () => {
  /** Changes the configuration file in place, as an editor does that knows no better. */
  const edit = (change: object) => {
    const tree: unknown = parse(readFileSync(world.configFile, 'utf8'));
    writeFileSync(world.configFile, stringify({ ...Object(tree), ...change }));
  };

  it('reads the configuration file again, and names what needs a restart', async () => {
    app = await startAppProcess(world, { set: { 'log.level': 'info' } });
    edit({ cache: { max_tokens: 7 } });
    app.signal('SIGHUP');
    expect(JSON.parse(await logged('config_needs_restart'))).toMatchObject({
      level: 'warn',
      keys: 'cache.max_tokens',
    });
    edit({ colour: 'blue' });
    app.signal('SIGHUP');
    await logged('config_refused', 'file');
    expect(await logged('config_problem')).toContain('colour (');
    app.signal('SIGHUP');
    const refusals = () => app.printed.filter((line) => line.includes('"event":"config_refused"'));
    await vi.waitUntil(() => refusals().length === 2, SOON);
    await app.calls.signIn('alice');
    expect(await app.terminate()).toBe(0);
  });

  it('does no harm to a service that is still starting', async () => {
    app = await startAppProcess(world, { until: 'ops_listening' });
    app.signal('SIGHUP');
    await logged('serving');
  });
});
