import { beforeAll, describe, expect, it } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../../src/dev/certificates.ts';
import { shownFindings } from '../../../src/doctor/certificates.ts';
import { authorityFindings } from '../../../src/doctor/client-authorities.ts';
import { AuthorityInfoAccessExtension, OddAuthority } from '../../support/odd-certificates.ts';

const DAY_MS = 86_400_000;
const now = Date.now();

let authority: CertificateAuthority;

beforeAll(async () => {
  authority = await createCertificateAuthority('doctor test');
});

/** What is found about a server that shows `pem`, as `severity id`. */
function found(pem: string, { address = '0.0.0.0:50051', at = now } = {}): readonly string[] {
  const shown = { key: 'listen.tls.cert_file', pem, address, addressKey: 'listen.address' };
  return shownFindings(shown, at).map(({ severity, id }) => `${severity} ${id}`);
}

describe('the certificate that a server shows', () => {
  it('is good for its names, on all addresses, and on one that it names', async () => {
    const { cert } = await authority.issueServer(['grpc.example.org', '10.0.0.1']);

    expect(found(cert)).toEqual([]);
    expect(found(cert, { address: '[::]:1' })).toEqual([]);
    expect(found(cert, { address: 'grpc.example.org:1' })).toEqual([]);
    expect(found(cert, { address: '10.0.0.1:1' })).toEqual([]);
    expect(found(cert, { address: '10.0.0.2:1' })).toEqual(['warning tls.name_differs']);
  });

  it.each([
    ['eleven days before its end, of thirty', 19, 30, []],
    ['nine days before its end, of thirty', 21, 30, ['warning tls.expires_soon']],
    ['fifteen days before its end, of a year', 350, 365, []],
    ['thirteen days before its end, of a year', 352, 365, ['warning tls.expires_soon']],
    ['an hour before its end, of two', 1 / 24, 2 / 24, []],
    ['a moment after its end', 30.001, 30, ['error tls.expired']],
    ['before its beginning', -1, 30, ['error tls.not_yet_valid']],
  ])('is asked about %s', async (_when, days, lifeDays, expected) => {
    const { cert } = await authority.issue({
      dns: ['grpc.example.org'],
      serverAuth: true,
      lifeMs: lifeDays * DAY_MS,
    });

    expect(found(cert, { at: now + days * DAY_MS })).toEqual(expected);
  });

  it('has names', async () => {
    const { cert } = await authority.issue({ serverAuth: true });

    expect(found(cert)).toEqual(['error tls.no_names']);
  });

  it('comes with its chain in order', async () => {
    const root = await OddAuthority.create();
    const middle = await root.intermediate('CN=middle');
    const names = [{ type: 'dns', value: 'grpc.example.org' } as const];
    const { cert } = await middle.issue({ names });
    const order = (...pems: readonly string[]) =>
      found(pems.join('')).filter((one) => one !== 'error tls.not_for_servers');

    expect(order(cert)).toEqual([]);
    expect(order(cert, middle.cert, root.cert)).toEqual([]);
    expect(order(cert, root.cert, middle.cert)).toEqual(['error tls.chain_broken']);
    expect(order(middle.cert, root.cert)).toEqual(['error tls.chain_broken']);
  });

  it('may lack an issuer where it says where that is', async () => {
    const root = await OddAuthority.create();
    const caIssuers = new AuthorityInfoAccessExtension({ caIssuers: 'http://ca.example/ca.der' });
    const { cert } = await root.issue({
      names: [{ type: 'dns', value: 'grpc.example.org' }],
      extensions: [caIssuers],
    });

    expect(found(cert)).toContain('warning tls.chain_incomplete');
    expect(found(cert + root.cert)).not.toContain('warning tls.chain_incomplete');
  });
});

describe('the authorities of callers', () => {
  const of = (pem: string, at = now) =>
    authorityFindings('listen.tls.client_ca_file', pem, at).map(
      ({ severity, id }) => `${severity} ${id}`,
    );

  it('are authorities, of which one may have expired', async () => {
    const leaf = await authority.issueClient('spiffe://example.org/gateway');
    const later = now + 400 * DAY_MS;
    const old = await OddAuthority.create();

    expect(of(authority.cert)).toEqual([]);
    expect(of(leaf.cert)).toEqual(['error tls.client_ca_not_authority']);
    expect(of(authority.cert, later)).toEqual(['error tls.client_ca_expired']);
    expect(of(authority.cert + old.cert, now + DAY_MS)).toEqual(['warning tls.client_ca_expired']);
  });
});
