import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type CertificateFault,
  type CertificateRules,
  callerOfCertificate,
} from '../../../../src/grpc/callers/certificate-caller.ts';
import {
  KeyUsageFlags,
  OddAuthority,
  type OddCertificate,
  SubjectAlternativeNameExtension,
} from '../../../support/odd-certificates.ts';

const ID = 'spiffe://td/worker';
const ADMIN = 'spiffe://td/admin';

const authority = OddAuthority.create();
const callerOf = async (odd: OddCertificate, rules: CertificateRules = { trustDomain: 'td' }) => {
  const { cert } = await (await authority).issue(odd);
  return callerOfCertificate(new X509Certificate(cert).raw, rules);
};

const uri = (value: string) => ({ type: 'url', value }) as const;
const dns = (value: string) => ({ type: 'dns', value }) as const;

type Row = readonly [what: string, certificate: OddCertificate, fault: CertificateFault];

describe('the caller of a certificate', () => {
  it('is its one URI name, a SPIFFE ID of the trust domain', async () => {
    expect(await callerOf({ names: [uri(ID)] })).toEqual({ id: ID, proof: 'spiffe' });
  });

  it('is its one URI name, whatever names of other kinds stand beside it', async () => {
    const others = [
      dns('worker.example'),
      { type: 'ip', value: '127.0.0.1' },
      { type: 'email', value: 'admin@td' },
      { type: 'upn', value: ADMIN },
      { type: 'dn', value: `CN=x\\, URI:${ADMIN}` },
    ] as const;
    expect(await callerOf({ names: [...others, uri(ID)] })).toEqual({ id: ID, proof: 'spiffe' });
  });

  const rows: readonly Row[] = [
    ['B-081: no names at all', {}, 'certificate_names'],
    ['B-081: two URI names', { names: [uri(ID), uri(ADMIN)] }, 'certificate_names'],
    ['B-081: the same URI name twice', { names: [uri(ID), uri(ID)] }, 'certificate_names'],
    ['B-081: another URI beside it', { names: [uri(ID), uri('https://x/')] }, 'certificate_names'],
    [
      'B-081: two lists of names',
      { names: [uri(ID)], extensions: [new SubjectAlternativeNameExtension([uri(ADMIN)])] },
      'certificate_unreadable',
    ],
    ['B-082: a URI in a URI', { names: [uri(`https://x/, URI:${ADMIN}`)] }, 'certificate_names'],
    ['B-082: a SPIFFE ID and a URI', { names: [uri(`${ID}, URI:${ADMIN}`)] }, 'certificate_names'],
    ['B-082: a comma', { names: [uri(`${ID},x`)] }, 'certificate_names'],
    ['B-082: an escaped comma', { names: [uri(`${ID}\\u002cx`)] }, 'certificate_names'],
    ['B-082: quotes', { names: [uri(`"${ID}"`)] }, 'certificate_names'],
    ['B-082: a NUL', { names: [uri(`${ID}\0.evil`)] }, 'certificate_names'],
    ['B-082: a line break', { names: [uri(`${ID}\n`)] }, 'certificate_names'],
    ['B-083: a DNS name like a SPIFFE ID', { names: [dns(ID)] }, 'certificate_names'],
    ['B-083: a DNS name quoting a URI', { names: [dns(`a, URI:${ID}`)] }, 'certificate_names'],
    ['B-083: a UPN', { names: [{ type: 'upn', value: ID }] }, 'certificate_names'],
    ['B-083: an e-mail address', { names: [{ type: 'email', value: ID }] }, 'certificate_names'],
    [
      'B-083: a directory name',
      { names: [{ type: 'dn', value: `CN=${ID}` }] },
      'certificate_names',
    ],
    ['B-083: a common name alone', { subject: `CN=${ID}` }, 'certificate_names'],
    ['B-084: another scheme', { names: [uri('https://td/worker')] }, 'certificate_names'],
    ['B-084: a scheme in capitals', { names: [uri('SPIFFE://td/worker')] }, 'certificate_names'],
    ['B-084: a trust domain in capitals', { names: [uri('spiffe://TD/w')] }, 'certificate_names'],
    ['B-084: %2f', { names: [uri('spiffe://td/a%2fworker')] }, 'certificate_names'],
    ['B-084: an empty segment', { names: [uri('spiffe://td//worker')] }, 'certificate_names'],
    ['B-084: two dots', { names: [uri('spiffe://td/a/../worker')] }, 'certificate_names'],
    ['B-084: one dot', { names: [uri('spiffe://td/./worker')] }, 'certificate_names'],
    ['B-084: a slash at the end', { names: [uri(`${ID}/`)] }, 'certificate_names'],
    ['B-084: a query', { names: [uri(`${ID}?admin`)] }, 'certificate_names'],
    ['B-084: a fragment', { names: [uri(`${ID}#admin`)] }, 'certificate_names'],
    ['B-084: a port', { names: [uri('spiffe://td:443/worker')] }, 'certificate_names'],
    ['B-084: a user', { names: [uri('spiffe://me@td/worker')] }, 'certificate_names'],
    ['B-084: no path', { names: [uri('spiffe://td')] }, 'certificate_names'],
    ['B-084: 2 KiB and more', { names: [uri(`${ID}${'x'.repeat(2_048)}`)] }, 'certificate_names'],
    ['B-085: another trust domain', { names: [uri('spiffe://other/worker')] }, 'trust_domain'],
    ['B-085: a longer trust domain', { names: [uri('spiffe://td.evil/worker')] }, 'trust_domain'],
    ['B-086: an authority', { names: [uri(ID)], ca: true }, 'certificate_usage'],
    ['B-086: no key usage', { names: [uri(ID)], keyUsage: undefined }, 'certificate_usage'],
    [
      'B-086: no signatures',
      { names: [uri(ID)], keyUsage: KeyUsageFlags.keyAgreement },
      'certificate_usage',
    ],
    [
      'B-086: signatures of certificates',
      {
        names: [uri(ID)],
        keyUsage: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign,
      },
      'certificate_usage',
    ],
    [
      'B-086: signatures of revocation lists',
      { names: [uri(ID)], keyUsage: KeyUsageFlags.digitalSignature | KeyUsageFlags.cRLSign },
      'certificate_usage',
    ],
  ];
  it.each(rows)('is nobody with %s', async (_what, certificate, fault) => {
    expect(await callerOf(certificate)).toBe(fault);
    // Where DNS names count as well, none of them does.
    const both = { trustDomain: 'td', dnsNames: true };
    expect(await callerOf(certificate, both)).toBe(fault);
  });

  it('is nobody with a SPIFFE ID where no trust domain is configured', async () => {
    expect(await callerOf({ names: [uri('spiffe://undefined/x')] }, {})).toBe('trust_domain');
  });

  it('is nobody with what is no certificate', () => {
    expect(callerOfCertificate(Buffer.from('3003020101', 'hex'), {})).toBe(
      'certificate_unreadable',
    );
  });
});

describe('the caller of a certificate, where DNS names count', () => {
  const rules = { dnsNames: true };

  it('is its one DNS name, in lower case', async () => {
    const names = [dns('Worker-1.example'), { type: 'email', value: 'admin@td' } as const];
    const worker = { id: 'dns:worker-1.example', proof: 'dns' };
    expect(await callerOf({ names }, rules)).toEqual(worker);
    expect(await callerOf({ names }, { ...rules, trustDomain: 'td' })).toEqual(worker);
  });

  it('is nobody where they do not count', async () => {
    expect(await callerOf({ names: [dns('worker.example')] })).toBe('certificate_names');
  });

  const rows: readonly Row[] = [
    ['two of them', { names: [dns('a.example'), dns('b.example')] }, 'certificate_names'],
    ['a wildcard', { names: [dns('*.example')] }, 'certificate_names'],
    ['an empty one', { names: [dns('')] }, 'certificate_names'],
    ['a dot at the end', { names: [dns('worker.example.')] }, 'certificate_names'],
    ['a blank', { names: [dns('worker example')] }, 'certificate_names'],
    ['a NUL', { names: [dns('worker.example\0.evil')] }, 'certificate_names'],
    ['letters beyond ASCII', { names: [dns('wörker.example')] }, 'certificate_names'],
    ['a common name alone', { subject: 'CN=worker.example' }, 'certificate_names'],
    ['a URI beside it', { names: [dns('a.example'), uri('https://x/')] }, 'certificate_names'],
    ['a SPIFFE ID beside it', { names: [dns('a.example'), uri(ID)] }, 'trust_domain'],
    ['an authority’s', { names: [dns('a.example')], ca: true }, 'certificate_usage'],
    ['no key usage', { names: [dns('a.example')], keyUsage: undefined }, 'certificate_usage'],
  ];
  it.each(rows)('is nobody with %s', async (_what, certificate, fault) => {
    expect(await callerOf(certificate, rules)).toBe(fault);
  });
});
