import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
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
  let connections: number;
  let close: () => Promise<void>;

  beforeEach(async () => {
    authority = await createCertificateAuthority('Vault');
    const pair = await authority.issueServer(['localhost', '127.0.0.1']);
    connections = 0;
    const server = createServer(pair, (_request, response) => response.end('{}'));
    server.on('secureConnection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on TCP has an address of this type.
    port = (server.address() as AddressInfo).port;
    close = () => {
      server.closeAllConnections();
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
      ...(caPem === undefined ? {} : { caPem }),
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
      expect(connections).toBeLessThanOrEqual(2);
      await client.close();
    },
  );

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
