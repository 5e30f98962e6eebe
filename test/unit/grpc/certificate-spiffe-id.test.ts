import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority, type LeafOptions } from '../../../src/dev/certificates.ts';
import { spiffeIdOf } from '../../../src/grpc/certificate-spiffe-id.ts';

const ID = 'spiffe://dev.tokenvault.example/drive-worker';

describe('the SPIFFE ID of a certificate', () => {
  const authority = createCertificateAuthority('test');
  const idOf = async (options: LeafOptions) => {
    const { cert } = await (await authority).issue({ clientAuth: true, ...options });
    return spiffeIdOf(new X509Certificate(cert));
  };

  it('is its one URI name', async () => {
    expect(await idOf({ uris: [ID] })).toBe(ID);
  });

  it('is its one URI name, whatever DNS and IP names stand beside it', async () => {
    expect(await idOf({ uris: [ID], dns: ['worker.example'], ips: ['127.0.0.1'] })).toBe(ID);
  });

  const nobody: [string, LeafOptions][] = [
    ['no names at all', {}],
    ['a DNS name alone', { dns: ['worker.example'] }],
    ['a DNS name that looks like a SPIFFE ID', { dns: [ID] }],
    ['a DNS name that quotes a URI name', { dns: [`a, URI:${ID}`] }],
    ['two URI names', { uris: [ID, 'spiffe://dev.tokenvault.example/operator'] }],
    ['a SPIFFE ID beside another URI', { uris: [ID, 'https://worker.example/'] }],
    ['a URI that is no SPIFFE ID', { uris: ['https://dev.tokenvault.example/drive-worker'] }],
    ['a URI that holds a second one behind a comma', { uris: [`${ID}, URI:${ID}`] }],
    ['a URI with a comma', { uris: [`${ID},x`] }],
  ];
  it.each(nobody)('is none with %s', async (_what, options) => {
    expect(await idOf(options)).toBeUndefined();
  });

  it('is none for the certificate of an authority, whatever its name', async () => {
    expect(await idOf({ uris: [ID], ca: true })).toBeUndefined();
  });
});
