import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../../src/dev/certificates.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { systemClock } from '../../../src/observability/system-clock.ts';
import { VaultClient } from '../../../src/vault/vault-client.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

describe('VaultClient over TLS', () => {
  let authority: CertificateAuthority;
  let port: number;
  let sockets: TLSSocket[];
  let versions: string[];
  let close: () => Promise<void>;

  beforeEach(async () => {
    authority = await createCertificateAuthority('Vault');
    const pair = await authority.issueServer(['localhost', '127.0.0.1']);
    sockets = [];
    versions = [];
    const server = createSecureServer({ ...pair, allowHTTP1: true }, (request, response) => {
      versions.push(request.httpVersion);
      response.end('{}');
    });
    server.on('secureConnection', (socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on TCP has an address of this type.
    port = (server.address() as AddressInfo).port;
    close = () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    };
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await close();
  });

  const open = (host: string, caPem?: string) =>
    new VaultClient({
      address: `https://${host}:${port}`,
      token: () => new Secret('s.token'),
      tls: () => ({ caPem }),
      timeoutMs: 5_000,
      metrics: new RecordingMetrics(),
      clock: systemClock,
    });

  it.each(['localhost', '127.0.0.1'])(
    'keeps its connections to %s for later requests',
    async (host) => {
      const client = open(host, authority.cert);
      for (let request = 0; request < 10; request += 1) {
        expect(await client.read('a/data/b')).toMatchObject({ status: 200 });
      }
      // The first may still be finishing its request when the next one goes out.
      expect(sockets.length).toBeLessThanOrEqual(2);
      await client.close();
    },
  );

  it('speaks HTTP/1.1 also to a server that offers HTTP/2', async () => {
    const client = open('localhost', authority.cert);
    await client.write('a/data/b', {});
    expect(versions).toEqual(['1.1']);
    await client.close();
  });

  it('sends nothing to a server of another authority, whatever VAULT_SKIP_VERIFY says', async () => {
    vi.stubEnv('VAULT_SKIP_VERIFY', 'true');
    const other = await createCertificateAuthority('Other');
    for (const ca of [undefined, other.cert]) {
      const client = open('localhost', ca);
      await expect(client.read('a/data/b')).rejects.toMatchObject({
        name: 'VaultFault',
        sent: false,
      });
      await client.close();
    }
  });
});
