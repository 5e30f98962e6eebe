import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { configRows } from '../../../src/cli/config-rows.ts';
import { type ConfigSources, readServiceConfig } from '../../../src/config/load-config.ts';
import { StartupProblems } from '../../../src/domain/startup-problems.ts';
import { configFiles, readFrom, SERVER } from '../../support/config-files.ts';

const KUBERNETES = {
  issuer: 'https://kubernetes.default.svc.cluster.local',
  audience: 'tokenvault',
  jwks_uri: 'https://kubernetes.default.svc/openid/v1/jwks',
  ca_file: 'ca.pem',
  keys_token_file: '/var/run/secrets/token',
  typ: ['none', 'JWT'],
};
const GOOGLE = { issuer: 'https://accounts.google.com', audience: 'https://tokenvault.example' };

let files: ReadonlyMap<string, string>;

beforeAll(async () => {
  files = await configFiles();
});

function load(listen_jwt: unknown, more: Partial<ConfigSources> = {}) {
  const text = stringify({ ...SERVER, ...(listen_jwt === undefined ? {} : { listen_jwt }) });
  const readFile = readFrom(new Map([...files, ['tokenvault.yaml', text]]));
  return readServiceConfig({ file: 'tokenvault.yaml', env: {}, readFile, ...more });
}

function problemsOf(listen_jwt: unknown, more?: Partial<ConfigSources>): readonly string[] {
  try {
    load(listen_jwt, more);
  } catch (error) {
    if (error instanceof StartupProblems) return error.problems;
    throw error;
  }
  return [];
}

describe('listen_jwt', () => {
  it('is nothing without issuers', () => {
    expect(load(undefined).value.listen_jwt).toBeUndefined();
    expect(load({ address: '0.0.0.0:50052' }).value.listen_jwt).toBeUndefined();
  });

  it('says whose tokens are believed', () => {
    expect(load({ issuers: [KUBERNETES, GOOGLE] }).value.listen_jwt).toEqual({
      address: '0.0.0.0:50052',
      tls: undefined,
      issuers: [
        {
          issuer: KUBERNETES.issuer,
          audience: 'tokenvault',
          jwksUri: KUBERNETES.jwks_uri,
          algorithms: ['RS256'],
          types: ['none', 'JWT'],
          maxLifeMs: 3_600_000,
          caPem: files.get('ca.pem'),
          keysTokenFile: '/var/run/secrets/token',
        },
        {
          issuer: GOOGLE.issuer,
          audience: GOOGLE.audience,
          algorithms: ['RS256'],
          types: ['JWT'],
          maxLifeMs: 3_600_000,
        },
      ],
    });
  });

  it('takes its issuers as JSON from a variable', () => {
    const env = { TOKENVAULT_LISTEN_JWT_ISSUERS: JSON.stringify([GOOGLE]) };
    expect(load(undefined, { env }).value.listen_jwt?.issuers).toHaveLength(1);
    expect(problemsOf(undefined, { env: { TOKENVAULT_LISTEN_JWT_ISSUERS: 'a, b' } })).toEqual([
      'listen_jwt.issuers (environment TOKENVAULT_LISTEN_JWT_ISSUERS) must be a list of 1 to 16 issuers, in a variable as JSON.',
    ]);
  });

  it('has a certificate of its own where it is given one', () => {
    const tls = { cert_file: 'server.pem', key_file: 'server-key.pem' };
    const { value } = load({ issuers: [GOOGLE], tls });
    expect(value.listen_jwt?.tls?.cert).toBe(files.get('server.pem'));
  });

  it('is printed whole', () => {
    const rows = configRows(load({ issuers: [GOOGLE] }).settings);
    expect(rows.find((row) => row.startsWith('listen_jwt.issuers'))).toContain(
      '{"issuer":"https://accounts.google.com","audience":"https://tokenvault.example"}',
    );
  });

  const pair = 'must name the private key of the certificate in cert_file';
  it.each<[string, unknown, RegExp]>([
    ['no list', { issuers: 'x' }, /issuers .* must be a list of 1 to 16 issuers/],
    ['none of them', { issuers: [] }, /issuers .* must be a list of 1 to 16 issuers/],
    ['no audience', { issuers: [{ issuer: GOOGLE.issuer }] }, /issuers\[0\]\.audience .* must be/],
    ['an unknown key', { issuers: [{ ...GOOGLE, aud: 'x' }] }, /issuers\[0\] .* must have of/],
    [
      'plain HTTP',
      { issuers: [{ ...GOOGLE, issuer: 'http://x.example' }] },
      /must be an https URL/,
    ],
    ['HMAC', { issuers: [{ ...GOOGLE, algorithms: ['HS256'] }] }, /must be one of RS256, /],
    ['no algorithm', { issuers: [{ ...GOOGLE, algorithms: ['none'] }] }, /must be one of RS256, /],
    ['a day and more', { issuers: [{ ...GOOGLE, max_life: '25h' }] }, /from 1m to 24h/],
    ['an issuer twice', { issuers: [GOOGLE, GOOGLE] }, /has an entry already/],
    [
      'a token for wherever the keys may be',
      { issuers: [{ ...GOOGLE, keys_token_file: 'x' }] },
      /issuers\[0\]\.jwks_uri .* must be set where keys_token_file is/,
    ],
    ['a certificate without a key', { tls: { cert_file: 'server.pem' } }, new RegExp(pair)],
    ['a key without a certificate', { tls: { key_file: 'server-key.pem' } }, new RegExp(pair)],
    [
      'a key of another certificate',
      { tls: { cert_file: 'server.pem', key_file: 'client-key.pem' } },
      new RegExp(pair),
    ],
  ])('is refused with %s', (_what, section, problem) => {
    const problems = problemsOf(section);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });
});

describe('who may be named by certificates', () => {
  const without = (listen: object) => {
    const text = stringify({ ...SERVER, listen: { tls: SERVER.listen.tls, ...listen } });
    const readFile = readFrom(new Map([...files, ['tokenvault.yaml', text]]));
    return () => readServiceConfig({ file: 'tokenvault.yaml', env: {}, readFile }).value.listen;
  };

  it('has to be said: by a trust domain, or by DNS names', () => {
    expect(without({})).toThrow('listen.trust_domain is missing');
    expect(without({ trust_domain: 'Example.org' })).toThrow('must be a SPIFFE trust domain');
    expect(without({ dns_names: true })()).toMatchObject({ dnsNames: true });
    expect(without({ trust_domain: 'example.org' })()).toMatchObject({
      trustDomain: 'example.org',
      dnsNames: false,
    });
  });
});
