import { describe, expect, it } from 'vitest';
import { refuseExpired } from '../../../src/config/certificate-terms.ts';
import { ConfigProblems } from '../../../src/config/config-problems.ts';
import { createCertificateAuthority } from '../../../src/dev/certificates.ts';

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
});
