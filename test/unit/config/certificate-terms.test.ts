import { describe, expect, it } from 'vitest';
import { certificatesOfService, refuseExpired } from '../../../src/config/certificate-terms.ts';
import { ConfigProblems } from '../../../src/config/config-problems.ts';
import type { ListenJwtConfig } from '../../../src/config/listen-jwt-section.ts';
import { createCertificateAuthority } from '../../../src/dev/certificates.ts';
import { Secret } from '../../../src/domain/secret.ts';

const DAY_MS = 86_400_000;
const { cert } = await (await createCertificateAuthority('test')).issueServer(['localhost']);

describe('a certificate that is shown to others', () => {
  it('is taken while it is in force', () => {
    expect(() => refuseExpired({ 'listen.tls.cert_file': cert }, Date.now())).not.toThrow();
  });

  it('is refused when it has expired, saying which and when', () => {
    const later = Date.now() + 31 * DAY_MS;
    const refused = () => refuseExpired({ 'listen.tls.cert_file': cert }, later);
    expect(refused).toThrow(ConfigProblems);
    expect(refused).toThrow(
      /^listen\.tls\.cert_file must name a certificate in force; this one expired on \d{4}-\d\d-\d\d\.$/,
    );
  });

  it('is that of each port of a service', () => {
    const tls = { cert, key: new Secret('') };
    const listen = { address: '', dnsNames: true, tls: { ...tls, clientCa: '' } };
    const forTokens = { address: '', issuers: [] };
    const keys = (listen_jwt?: ListenJwtConfig) =>
      Object.keys(certificatesOfService({ listen, listen_jwt }));
    expect(keys()).toEqual(['listen.tls.cert_file']);
    expect(keys(forTokens)).toEqual(['listen.tls.cert_file']);
    expect(keys({ ...forTokens, tls })).toEqual([
      'listen.tls.cert_file',
      'listen_jwt.tls.cert_file',
    ]);
  });
});
