import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../src/dev/certificates.ts';
import { certificatesIn } from '../../../src/keys/pem.ts';

const one = await createCertificateAuthority('one');
const two = await createCertificateAuthority('two');

describe('a file of certificates', () => {
  it('holds any number of them, with words and keys between', () => {
    const text = `# ours\n${one.cert}\nsubject: two\n${two.cert}${two.key}`;
    expect(certificatesIn(text).map(({ subject }) => subject)).toEqual(['CN=one', 'CN=two']);
  });

  it('is none while only a part of it is written', () => {
    const whole = one.cert + two.cert;
    const end = '-----END CERTIFICATE-----';
    for (let length = one.cert.length + 5; length < whole.trimEnd().length; length += 7) {
      expect(() => certificatesIn(whole.slice(0, length)), `${length} bytes`).toThrow();
    }
    expect(() => certificatesIn(one.cert.replace(end, ''))).toThrow();
  });

  it.each([
    ['is empty', ''],
    ['holds a key alone', one.key],
    ['holds no certificate where it says so', one.cert.replace(/^M.*$/gm, 'AAAA')],
  ])('is none where it %s', (_what, text) => {
    expect(() => certificatesIn(text)).toThrow();
  });
});
