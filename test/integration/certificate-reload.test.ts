import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type TokenVaultConnection } from '../../src/client/connect.ts';
import { GetUserRequest } from '../../src/client/messages.ts';
import { type DevCaller, devSpiffeId } from '../../src/dev/certificate-files.ts';
import {
  type CertificateAuthority,
  type CertificatePair,
  createCertificateAuthority,
  loadCertificateAuthority,
} from '../../src/dev/certificates.ts';
import { endOf } from '../support/app-calls.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { HealthClient } from '../support/health-client.ts';
import { httpRequest } from '../support/http-request.ts';
import type { ProductProcess } from '../support/product-process.ts';
import { barePem, shownCertificate } from '../support/shown-certificate.ts';
import { until } from '../support/until.ts';

const DAY_MS = 86_400_000;

let world: AppWorld;
let folder: string;
/** Of everything in the world. */
let authority: CertificateAuthority;
/** Which takes its place. */
let successor: CertificateAuthority;
let running: ProductProcess[];

beforeEach(async () => {
  running = [];
  world = await startWorld();
  folder = dirname(world.configFile);
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const [cert, key] = await Promise.all([read('ca.pem'), read('ca-key.pem')]);
  authority = await loadCertificateAuthority({ cert, key });
  successor = await createCertificateAuthority('successor');
});
afterEach(async () => {
  for (const process of running.reverse()) await process.kill();
  await world?.close();
});

/** How often a part was taken or refused. */
const times = (process: ProductProcess, event: string, part: string) =>
  process.logged(event).filter((line) => line.part === part).length;

/** The certificate that a server shows a client of this test's authority. */
const shown = (port: number, { cert, key }: CertificatePair) =>
  shownCertificate(port, { ca: authority.cert, cert, key });

/** Days that the certificate of a key is good yet, as the process itself says. */
async function daysLeft(opsPort: number, key: string): Promise<number> {
  const { body } = await httpRequest(opsPort, '/metrics');
  const series = `tokenvault_certificate_expires_seconds{certificate="${key}"} `;
  const [, value] = body.split(series);
  return Math.round((Number(value?.split('\n')[0]) * 1_000) / DAY_MS);
}

describe('certificates that Kubernetes mounts', () => {
  const files = ['cert.pem', 'key.pem', 'ca.pem'];
  let mount: string;
  let app: AppProcess;

  /** Replaces all of them at once, by the link beside them. */
  async function mountFiles(name: string, texts: readonly string[]): Promise<void> {
    await mkdir(join(mount, name), { recursive: true });
    await Promise.all(files.map((file, at) => writeFile(join(mount, name, file), texts[at] ?? '')));
    await symlink(name, join(mount, '..data_tmp'));
    await rename(join(mount, '..data_tmp'), join(mount, '..data'));
  }
  const taken = (count: number) =>
    until(`change ${count} is taken`, () => times(app, 'config_taken', 'listen.tls') === count);
  const refused = (count: number) =>
    until(`${count} are refused`, () => times(app, 'config_refused', 'listen.tls') === count);

  /** A new connection of `caller`, with a certificate of `issuer`. @returns how its call ended */
  async function callOf(issuer: CertificateAuthority, caller: DevCaller): Promise<string> {
    const connection = connectWith(await issuer.issueClient(devSpiffeId(caller)));
    const end = await endOf(
      connection.getUser(GetUserRequest.fromPartial({ userId: 'alice' }), { timeoutMs: 10_000 }),
    );
    connection.close();
    return end;
  }
  function connectWith({ cert, key }: CertificatePair): TokenVaultConnection {
    const address = `localhost:${app.port}`;
    return connect({ address, caPem: authority.cert, certPem: cert, keyPem: key });
  }

  it('are replaced with their authority, and nobody who is connected notices', async () => {
    mount = join(folder, 'mounted');
    const [first, second] = await Promise.all(
      [20, 10].map((days) =>
        authority.issue({ dns: ['localhost'], serverAuth: true, lifeMs: days * DAY_MS }),
      ),
    );
    if (first === undefined || second === undefined) throw new Error('Two were issued.');
    await mountFiles('..1', [first.cert, first.key, authority.cert]);
    for (const file of files) await symlink(`..data/${file}`, join(mount, file));
    app = await startAppProcess(world, {
      set: {
        'listen.tls.cert_file': join(mount, 'cert.pem'),
        'listen.tls.key_file': join(mount, 'key.pem'),
        'listen.tls.client_ca_file': join(mount, 'ca.pem'),
      },
    });
    running.push(app);
    await app.calls.signIn('alice');
    const operator = await authority.issueClient(devSpiffeId('operator'));
    const health = new HealthClient({ address: `localhost:${app.port}`, authority }, operator);
    const watched = await health.watch('');
    expect(await daysLeft(app.opsPort, 'listen.tls.cert_file')).toBe(20);
    expect(await callOf(successor, 'operator')).not.toBe('OK');

    // Both authorities, while callers move from one to the other.
    const both = authority.cert + successor.cert;
    await mountFiles('..2', [second.cert, second.key, both.slice(0, -60)]);
    await refused(1);
    expect(await shown(app.port, operator)).toBe(barePem(first.cert));
    await mountFiles('..3', [second.cert, second.key, both]);
    await taken(1);
    expect(await shown(app.port, operator)).toBe(barePem(second.cert));
    expect(await daysLeft(app.opsPort, 'listen.tls.cert_file')).toBe(10);
    expect(await callOf(successor, 'operator')).toBe('OK');
    expect(await callOf(authority, 'operator')).toBe('OK');

    await mountFiles('..4', [second.cert, second.key, successor.cert]);
    await taken(2);
    expect(await callOf(successor, 'operator')).toBe('OK');
    expect(await callOf(authority, 'operator')).not.toBe('OK');

    // Connections from before each of these changes.
    expect(await endOf(app.calls.getToken('alice'))).toBe('OK');
    expect(watched).toEqual(['SERVING']);
    health.close();
  });
});

describe('the certificates of a gateway', () => {
  let gateway: GatewayProcess;

  async function replace(name: string, { cert, key }: CertificatePair): Promise<void> {
    for (const [file, text] of [
      [`${name}-key.pem`, key],
      [`${name}.pem`, cert],
    ] as const) {
      await writeFile(join(folder, `${file}.new`), text);
      await rename(join(folder, `${file}.new`), join(folder, file));
    }
  }
  const postOf = async (app: AppProcess, user: string) =>
    (await gateway.post(await app.calls.mintCode(user))).status;

  it('are followed, towards apps and towards TokenVault, which has to take the new one', async () => {
    const app = await startAppProcess(world);
    running.push(app);
    gateway = await startGatewayProcess(world, app.port);
    running.push(gateway);
    expect(await postOf(app, 'one')).toBe(200);
    const [{ port = 0 } = {}] = gateway.logged('gateway_listening');
    const left = (key: string) => daysLeft(gateway.opsPort, `gateway.${key}`);
    expect(await left('token_vault_tls.ca_file')).toBe(365);

    const identity = { uris: [devSpiffeId('gateway')], clientAuth: true };
    const part = 'gateway.token_vault_tls';
    await replace('gateway', await authority.issue({ ...identity, lifeMs: 12 * DAY_MS }));
    await until('it is taken', () => times(gateway, 'config_taken', part) === 1);
    expect(await left('token_vault_tls.cert_file')).toBe(12);
    expect(await postOf(app, 'two')).toBe(200);

    await replace('gateway', await successor.issue(identity));
    const problems = () => gateway.logged('config_problem').map(({ problem }) => String(problem));
    await until('it is refused', () => problems().some((one) => one.includes('TokenVault takes')));
    expect(await postOf(app, 'three')).toBe(200);

    const next = await authority.issueServer(['localhost']);
    await replace('gateway-server', next);
    await until('it is taken', () => times(gateway, 'config_taken', 'gateway.tls') === 1);
    expect(await shown(Number(port), next)).toBe(barePem(next.cert));
    expect(await postOf(app, 'four')).toBe(200);
  });
});
