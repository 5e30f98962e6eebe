import { describe, expect, it } from 'vitest';
import {
  type CertificateFile,
  certificatesOfService,
  changedFiles,
  refuseUnusable,
  setExpiryGauges,
} from '../../../src/config/certificate-terms.ts';
import { ConfigProblems } from '../../../src/config/config-problems.ts';
import type { ListenJwtConfig } from '../../../src/config/listen-jwt-section.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createCertificateAuthority } from '../../../src/dev/certificates.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { configFiles, readFrom } from '../../support/config-files.ts';
import { OddAuthority } from '../../support/odd-certificates.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

const DAY_MS = 86_400_000;
const authority = await createCertificateAuthority('test');
const { cert } = await authority.issueServer(['localhost']);

const file = (pem: string, use: CertificateFile['use'] = 'server'): CertificateFile => ({
  key: 'listen.tls.cert_file',
  pem,
  use,
});
const refused = (pem: string, use?: CertificateFile['use'], now = Date.now()) => {
  const problems: string[] = [];
  try {
    refuseUnusable([file(pem, use)], now);
  } catch (error) {
    if (!(error instanceof ConfigProblems)) throw error;
    problems.push(...error.problems);
  }
  return problems;
};

describe('a certificate that is shown to others', () => {
  it('is taken while it is in force', () => {
    expect(refused(cert)).toEqual([]);
  });

  it('is refused when it has expired, saying which and when', () => {
    expect(refused(cert, 'server', Date.now() + 31 * DAY_MS)).toEqual([
      expect.stringMatching(
        /^listen\.tls\.cert_file must name a certificate in force; this one expired on \d{4}-\d\d-\d\d\.$/,
      ),
    ]);
  });

  it('is refused before it begins, which a clock that is behind looks like', () => {
    expect(refused(cert, 'server', Date.now() - DAY_MS)).toEqual([
      expect.stringMatching(/in force; this one begins on \d{4}-\d\d-\d\d: check the clock too\.$/),
    ]);
  });

  it('is refused where no client would take it: without a name, or for clients alone', async () => {
    const nameless = await authority.issue({ uris: ['spiffe://td/x'], serverAuth: true });
    const forClients = await authority.issue({ dns: ['localhost'], clientAuth: true });
    const forBoth = await authority.issue({ ips: ['::1'], clientAuth: true, serverAuth: true });
    const forAny = await authority.issue({ dns: ['localhost'] });
    expect(refused(nameless.cert)).toEqual([
      'listen.tls.cert_file must name a certificate with a DNS name or an IP address.',
    ]);
    expect(refused(forClients.cert)).toEqual([
      'listen.tls.cert_file must name a certificate with the purpose serverAuth.',
    ]);
    expect([...refused(forBoth.cert), ...refused(forAny.cert)]).toEqual([]);
  });

  it('is refused as a client’s where it is for servers alone', async () => {
    expect(refused(cert, 'client')).toEqual([
      'listen.tls.cert_file must name a certificate with the purpose clientAuth.',
    ]);
    expect(refused((await authority.issueClient('spiffe://td/x')).cert, 'client')).toEqual([]);
  });

  it('is that of each port of a service', async () => {
    const tls = { cert, key: new Secret('') };
    const listen = { address: '', dnsNames: true, tls: { ...tls, clientCa: '' } };
    const forTokens = { address: '', issuers: [] };
    const { vault } = loadConfig({
      env: {},
      file: 'tokenvault.yaml',
      readFile: readFrom(await configFiles()),
    });
    const keys = (listen_jwt?: ListenJwtConfig) =>
      certificatesOfService({ listen, listen_jwt, vault }).map(({ key }) => key);
    const ofListen = ['listen.tls.cert_file', 'listen.tls.client_ca_file'];
    expect(keys()).toEqual(ofListen);
    expect(keys(forTokens)).toEqual(ofListen);
    expect(keys({ ...forTokens, tls })).toEqual([...ofListen, 'listen_jwt.tls.cert_file']);
    const withAuthority = { ...vault, tls: { ...vault.tls, watchedCaPem: cert } };
    expect(
      certificatesOfService({ listen, listen_jwt: undefined, vault: withAuthority }).at(-1),
    ).toEqual({
      key: 'vault.ca_file',
      pem: cert,
      use: 'authorities',
    });
  });

  it('is looked at when it is new: one that ends in use keeps no other back', () => {
    const other = { ...file(cert), key: 'listen_jwt.tls.cert_file' };
    expect(changedFiles([file(cert), other], [file(cert)])).toEqual([other]);
    expect(changedFiles([file(cert)], [file(authority.cert)])).toEqual([file(cert)]);
  });
});

describe('authorities that are trusted', () => {
  it('are refused when none of them is in force any more', async () => {
    const later = Date.now() + 400 * DAY_MS;
    expect(refused(authority.cert, 'authorities')).toEqual([]);
    expect(refused(authority.cert, 'authorities', later)).toEqual([
      'listen.tls.cert_file must name at least one authority in force.',
    ]);
    const { cert: short } = await OddAuthority.create();
    const soon = Date.now() + DAY_MS;
    expect(refused(short, 'authorities', soon)).toHaveLength(1);
    expect(refused(short + authority.cert, 'authorities', soon)).toEqual([]);
  });
});

describe('the time that a file is good yet', () => {
  it('is that of the first certificate in a chain to end, of authorities the last, and below 0 afterwards', async () => {
    const metrics = new RecordingMetrics();
    const { cert: short } = await OddAuthority.create();
    const at = (pem: string, now: number, use: CertificateFile['use'] = 'server') => {
      setExpiryGauges([file(pem, use)], now, metrics);
      return metrics.recorded.at(-1);
    };
    const now = Math.floor(Date.now() / 1_000) * 1_000;
    expect(at(cert, now)?.labels).toEqual({ certificate: 'listen.tls.cert_file' });
    expect(Number(at(cert, now)?.value) / 86_400).toBeCloseTo(30, 2);
    expect(Number(at(cert + short, now)?.value) / 3_600).toBeCloseTo(1, 2);
    expect(Number(at(short + cert, now, 'authorities')?.value) / 86_400).toBeCloseTo(30, 2);
    expect(Number(at(short, now, 'authorities')?.value) / 3_600).toBeCloseTo(1, 2);
    expect(Number(at(short, now + DAY_MS)?.value) / 3_600).toBeCloseTo(-23, 2);
  });
});
