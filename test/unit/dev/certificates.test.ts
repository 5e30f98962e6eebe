import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureDevCertificates } from '../../../src/dev/certificate-files.ts';
import {
  type CertificateAuthority,
  type CertificatePair,
  createCertificateAuthority,
  loadCertificateAuthority,
} from '../../../src/dev/certificates.ts';

const DAY_MS = 86_400_000;
const CALLER = 'spiffe://dev.tokenvault.example/gateway';

/** Shakes hands over mutual TLS on `localhost`; gives the names in the client's certificate. */
async function handshake(
  authority: CertificateAuthority,
  server: CertificatePair,
  client: CertificatePair,
): Promise<string | undefined> {
  const listener = createServer({ ...server, ca: authority.cert, requestCert: true });
  listener.listen(0, 'localhost');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const accepted = once(listener, 'secureConnection');
  const refused = once(listener, 'tlsClientError').then(([error]) => Promise.reject(error));
  const socket = connect({ port, host: 'localhost', ca: authority.cert, ...client });
  const failed = once(socket, 'error').then(([error]) => Promise.reject(error));
  try {
    const [peer] = await Promise.race([accepted, refused, failed]);
    return peer.getPeerCertificate().subjectaltname;
  } finally {
    for (const loser of [accepted, refused, failed]) loser.catch(() => undefined);
    socket.destroy();
    listener.close();
  }
}

describe('the certificate authority of development', () => {
  it('issues both sides of a mutual TLS connection', async () => {
    const authority = await createCertificateAuthority('test');
    const server = await authority.issueServer(['localhost', '127.0.0.1']);
    const client = await authority.issueClient(CALLER);
    expect(await handshake(authority, server, client)).toBe(`URI:${CALLER}`);
  });

  it('names DNS names as such, and IP addresses as such', async () => {
    const authority = await createCertificateAuthority('test');
    const { cert } = await authority.issueServer(['localhost', '127.0.0.1', '::1']);
    expect(new X509Certificate(cert).subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
  });

  it('issues on after it was kept and loaded', async () => {
    const kept = await createCertificateAuthority('test');
    const loaded = await loadCertificateAuthority({ cert: kept.cert, key: kept.key });
    const server = await loaded.issueServer(['localhost']);
    expect(await handshake(kept, server, await loaded.issueClient(CALLER))).toBe(`URI:${CALLER}`);
  });

  it('makes the odd certificates that have to be refused', async () => {
    const authority = await createCertificateAuthority('test');
    const odd = await authority.issue({ uris: [CALLER, 'spiffe://other/x'], dns: ['a'], ips: [] });
    const parsed = new X509Certificate(odd.cert);
    expect(parsed.subjectAltName).toBe(`URI:${CALLER}, URI:spiffe://other/x, DNS:a`);
    expect(parsed.keyUsage).toBeUndefined();
    const over = await authority.issue({ dns: ['localhost'], serverAuth: true, lifeMs: -1_000 });
    const client = await authority.issueClient(CALLER);
    await expect(handshake(authority, over, client)).rejects.toMatchObject({
      code: 'CERT_HAS_EXPIRED',
    });
  });

  it('is not believed by those who trust another', async () => {
    const authority = await createCertificateAuthority('test');
    const other = await createCertificateAuthority('test');
    const server = await other.issueServer(['localhost']);
    await expect(
      handshake(authority, server, await authority.issueClient(CALLER)),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(UNABLE_TO_|CERT_SIGNATURE_)/) });
  });
});

describe('the certificates of development on disk', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certificates-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const pairOf = async (files: { certFile: string; keyFile: string }) => ({
    cert: await readFile(files.certFile, 'utf8'),
    key: await readFile(files.keyFile, 'utf8'),
  });

  it('work together, and are for their owner alone', async () => {
    const files = await ensureDevCertificates(join(directory, 'new'));
    const authority = await loadCertificateAuthority({
      cert: await readFile(files.caFile, 'utf8'),
      key: await readFile(join(directory, 'new', 'ca-key.pem'), 'utf8'),
    });
    for (const server of [files.server, files.gatewayServer]) {
      const names = await handshake(
        authority,
        await pairOf(server),
        await pairOf(files.clients.operator),
      );
      expect(names).toBe('URI:spiffe://dev.tokenvault.example/operator');
      expect((await stat(server.keyFile)).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(directory, 'new'))).mode & 0o777).toBe(0o700);
  });

  it('stay as they are', async () => {
    const files = await ensureDevCertificates(directory);
    const before = await pairOf(files.server);
    expect(await ensureDevCertificates(directory)).toEqual(files);
    expect(await pairOf(files.server)).toEqual(before);
  });

  it.each([
    [
      'end within a day',
      (authority: CertificateAuthority) =>
        authority.issue({ dns: ['localhost'], serverAuth: true, lifeMs: DAY_MS - 60_000 }),
    ],
    [
      'are of another authority',
      async () => (await createCertificateAuthority('other')).issueServer(['localhost']),
    ],
    [
      'were cut short',
      async (authority: CertificateAuthority) => {
        const pair = await authority.issueServer(['localhost']);
        return { ...pair, cert: pair.cert.slice(0, 200) };
      },
    ],
    [
      'are not of their key',
      async (authority: CertificateAuthority) => ({
        cert: (await authority.issueServer(['localhost'])).cert,
        key: (await authority.issueServer(['localhost'])).key,
      }),
    ],
  ])('are made again when they %s', async (_why, make) => {
    const files = await ensureDevCertificates(directory);
    const authority = await loadCertificateAuthority({
      cert: await readFile(files.caFile, 'utf8'),
      key: await readFile(join(directory, 'ca-key.pem'), 'utf8'),
    });
    const bad = await make(authority);
    await writeFile(files.server.certFile, bad.cert);
    await writeFile(files.server.keyFile, bad.key);
    const untouched = await pairOf(files.clients.gateway);
    await ensureDevCertificates(directory);
    const client = await pairOf(files.clients.gateway);
    expect(client).toEqual(untouched);
    expect(await handshake(authority, await pairOf(files.server), client)).toBe(`URI:${CALLER}`);
  });
});
