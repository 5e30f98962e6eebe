import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type CertificateAuthority,
  type CertificatePair,
  createCertificateAuthority,
} from '../../src/dev/certificates.ts';
import { freePorts } from '../../src/dev/openbao/free-port.ts';
import { type OpenBao, startOpenBao } from '../../src/dev/openbao/server.ts';
import { Secret } from '../../src/domain/secret.ts';
import { StartupProblems } from '../../src/domain/startup-problems.ts';
import type { VaultAuth } from '../../src/domain/vault-auth.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { openVault, type Vault } from '../../src/vault/open-vault.ts';
import type { VaultTls } from '../../src/vault/vault-client.ts';
import { freshVault, type TestVault } from '../support/openbao.ts';
import { RecordingLogger } from '../support/recording/logger.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import { AuthOperator } from '../support/vault-auth.ts';

const AUTH: VaultAuth = { method: 'cert', mount: 'cert' };

/** A Vault that serves TLS under the name `vault.internal`, and knows the service by its certificate. */
describe('Vault with TLS', () => {
  let folder: string;
  let openBao: OpenBao;
  let ready: TestVault;
  let operator: AuthOperator;
  let address: string;
  let authority: CertificateAuthority;
  let clients: CertificateAuthority;
  let service: CertificatePair;
  let tls: VaultTls;
  let opened: Vault | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tokenvault-tls-vault-'));
    [authority, clients] = await Promise.all([
      createCertificateAuthority('Vault'),
      createCertificateAuthority('Machines'),
    ]);
    service = await clients.issueClient('spiffe://example.org/tokenvault');
    const server = await authority.issueServer(['vault.internal']);
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await Promise.all([writeFile(certFile, server.cert), writeFile(keyFile, server.key)]);
    const [port = 0, clusterPort = 0] = await freePorts(2);
    const binary = inject('openBaoBinary');
    const listener = { port, clusterPort, certFile, keyFile };
    openBao = await startOpenBao({ binary, dataDir: join(folder, 'data'), tls: listener });
    address = `https://127.0.0.1:${port}`;
    ready = await freshVault({ server: openBao });
    operator = new AuthOperator(ready.root, ready.policy.name);
    await operator.write('sys/auth/cert', { type: 'cert' });
    await operator.write('auth/cert/certs/machines', {
      certificate: clients.cert,
      ...operator.tokenFields({ ttl: '1h' }),
    });
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });
  afterAll(async () => {
    await ready.close();
    await openBao.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const pairOf = ({ cert, key }: CertificatePair) => ({ cert, key: new Secret(key) });
  const proper = (): VaultTls => ({
    caPem: authority.cert,
    serverName: 'vault.internal',
    client: pairOf(service),
  });

  async function open(auth: VaultAuth, first: VaultTls): Promise<Vault> {
    tls = first;
    opened = await openVault(
      { ...ready.options, addresses: [address], tls: () => tls, auth },
      {
        clock: systemClock,
        random: systemRandom,
        logger: new RecordingLogger(),
        metrics: new RecordingMetrics(),
      },
    );
    return opened;
  }

  async function problemWith(first: VaultTls, auth = AUTH): Promise<string> {
    const error = await open(auth, first).catch((thrown: unknown) => thrown);
    if (error instanceof StartupProblems) return error.problems.join('\n');
    throw new Error('it opened');
  }

  it('lets the service log in with its certificate', async () => {
    const vault = await open(AUTH, proper());
    expect(await vault.users.read('1')).toMatchObject({ kind: 'absent' });
    expect(Math.round(vault.access().tokenLeftMs / 60_000)).toBe(60);
  });

  it('lets it log in again with another certificate, and no call fails', async () => {
    const vault = await open(AUTH, proper());
    tls = { ...proper(), client: pairOf(await clients.issueClient('spiffe://example.org/next')) };
    await operator.write('sys/leases/revoke-prefix/auth/cert', { sync: true });
    expect(await vault.users.read('1')).toMatchObject({ kind: 'absent' });
  });

  it('would be cut off by an authority of somebody else, and by none of its own', async () => {
    const vault = await open(AUTH, proper());
    const { cert: strange } = await createCertificateAuthority('Strangers');
    expect(await vault.cutsOff({ ...proper(), caPem: strange })).toBe(true);
    expect(await vault.cutsOff({ ...proper(), caPem: strange + authority.cert })).toBe(false);
    tls = { ...proper(), caPem: strange };
    expect(await vault.cutsOff({ ...proper(), caPem: strange })).toBe(false);
  });

  it('refuses who shows none, or one of somebody else', async () => {
    const stranger = await (await createCertificateAuthority('Strangers')).issueClient(
      'spiffe://x/y',
    );
    for (const client of [undefined, pairOf(stranger)]) {
      expect(await problemWith({ ...proper(), client })).toMatch(
        /refuses the login at auth\/cert\/login .*no role there trusts the certificate/,
      );
    }
    expect(await problemWith(proper(), { ...AUTH, name: 'nobody' })).toMatch(/no role there/);
  });

  it.each([
    ['whose authority is not trusted', { caPem: undefined }],
    ['under another name', { serverName: undefined }],
  ])('is not believed %s', async (_which, odd) => {
    expect(await problemWith({ ...proper(), ...odd })).toMatch(/cannot be reached \([A-Z_]+\)/);
  });

  it('is believed whoever it is, where that was asked for', async () => {
    const fixed: VaultAuth = { method: 'fixed', token: ready.token };
    const vault = await open(fixed, { skipVerify: true });
    expect(await vault.users.read('1')).toMatchObject({ kind: 'absent' });
  });
});
