import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionSettings } from '../../../src/client/connection-settings.ts';
import { MACHINE, openConnection } from '../../../src/client/open-connection.ts';
import { SettingsError } from '../../../src/client/settings-error.ts';
import {
  type CertificateAuthority,
  type CertificatePair,
  createCertificateAuthority,
} from '../../../src/dev/certificates.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { OddAuthority } from '../../support/odd-certificates.ts';
import { until } from '../../support/until.ts';

const SETTINGS = { address: 'localhost:1', caFile: 'ca', certFile: 'cert', keyFile: 'key' };

let authority: OddAuthority;
let good: CertificatePair;
let weak: CertificatePair;
/** Of the server. */
let serverAuthority: CertificateAuthority;

beforeAll(async () => {
  authority = await OddAuthority.create();
  serverAuthority = await createCertificateAuthority('server');
  const names = [{ type: 'url', value: 'spiffe://td/service' }] as const;
  good = await authority.issue({ names });
  weak = await authority.issue({ names, rsaBits: 1_024 });
});

/** A machine whose clock and files the test moves. */
function scene({ cert, key }: CertificatePair) {
  const clock = new ManualClock();
  const disk = new Map([
    ['ca', serverAuthority.cert],
    ['cert', cert],
    ['key', key],
  ]);
  const warnings: string[] = [];
  const readFile = (path: string) => disk.get(path) ?? '';
  const ports = { ...MACHINE, clock, readFile, watchFolder: () => () => undefined };
  const onWarning = (warning: string) => warnings.push(warning);
  const open = (settings: ConnectionSettings) => openConnection(settings, { onWarning }, ports);
  return { clock, disk, warnings, open };
}

/** A server that is as far as connections are, and by whose certificates they were made. */
async function startHandshakes() {
  const { cert, key } = await serverAuthority.issueServer(['localhost']);
  const server = createSecureServer({ cert, key, requestCert: true, rejectUnauthorized: false });
  const callers: (string | undefined)[] = [];
  server.on('secureConnection', (socket: TLSSocket) => {
    callers.push(socket.getPeerX509Certificate()?.fingerprint256);
  });
  await once(server.listen(0, 'localhost'), 'listening');
  // A server that listens on TCP has an address of this type.
  const { port } = server.address() as AddressInfo;
  return { port, callers, close: () => server.close() };
}

function problemsOf(open: () => unknown): readonly string[] {
  try {
    open();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('a connection is not opened', () => {
  it('with wrong settings and wrong files: each is named', () => {
    const { open } = scene({ cert: 'planted', key: good.key });
    const problems = problemsOf(() => open({ ...SETTINGS, address: '10.0.0.1:1', caFile: 'none' }));
    expect(problems).toEqual([
      expect.stringContaining('TOKENVAULT_ADDRESS (10.0.0.1:1) is an IP address'),
      expect.stringContaining('TOKENVAULT_CA_FILE (none) must name a file of PEM certificates'),
      expect.stringContaining('TOKENVAULT_CERT_FILE (cert) must name a file of PEM certificates'),
    ]);
    expect(problems.join()).not.toContain('planted');
  });

  it('with a key that is too weak for TLS', () => {
    const { open } = scene(weak);
    expect(problemsOf(() => open(SETTINGS))).toEqual([
      expect.stringContaining('TLS takes no such certificate or key'),
    ]);
  });
});

describe('a connection that is open', () => {
  it('stays as it is where the next key is too weak for TLS, which is said', async () => {
    const { clock, disk, warnings, open } = scene(good);
    const { port, callers, close } = await startHandshakes();
    const connection = open({ ...SETTINGS, address: `localhost:${port}` });
    await until('it stands', () => connection.reachability() === 'connected');
    disk.set('cert', weak.cert);
    disk.set('key', weak.key);
    await clock.advance(2_000);
    expect(warnings).toEqual([expect.stringContaining('TLS takes no such certificate or key')]);
    expect(connection.reachability()).toBe('connected');
    expect(callers).toEqual([new X509Certificate(good.cert).fingerprint256]);
    connection.close();
    close();
  });
});
