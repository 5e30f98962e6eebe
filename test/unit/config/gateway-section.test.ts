import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readGatewayConfig } from '../../../src/config/load-config.ts';
import { StartupProblems } from '../../../src/domain/startup-problems.ts';
import { typeCommand } from '../../support/cli-terminal.ts';
import { configFiles, GATEWAY, readFrom } from '../../support/config-files.ts';

const ISSUER = 'https://login.example.com';
const LOGIN = { issuer: ISSUER, audience: 'connect.example.com' };

let files: Map<string, string>;

beforeAll(async () => {
  files = await configFiles();
  files.set('jwks.json', '{"keys":[{"kid":"1"}]}');
  files.set('page.html', '<html>');
});

const fileOf = (more: object) => stringify({ gateway: { ...GATEWAY.gateway, ...more } });

function load(more: object, env: Readonly<Record<string, string>> = {}) {
  const readFile = readFrom(new Map([...files, ['tokenvault.yaml', fileOf(more)]]));
  return readGatewayConfig({ file: 'tokenvault.yaml', env, readFile }).value.gateway;
}

function problemsOf(more: object): readonly string[] {
  try {
    load(more);
  } catch (error) {
    if (error instanceof StartupProblems) return error.problems;
    throw error;
  }
  return [];
}

it('docs/gateway.md shows a configuration that the gateway takes', () => {
  const page = readFileSync(new URL('../../../docs/gateway.md', import.meta.url), 'utf8');
  const [, text = ''] = /^```yaml\n# gateway\.yaml\n([^`]*)^```/m.exec(page) ?? [];
  const shown = new Map([
    ['/run/tls/public.pem', 'server.pem'],
    ['/run/tls/public-key.pem', 'server-key.pem'],
    ['/run/spiffe/ca.pem', 'ca.pem'],
    ['/run/spiffe/svid.pem', 'client.pem'],
    ['/run/spiffe/svid-key.pem', 'client-key.pem'],
  ]);
  const read = readFrom(new Map([...files, ['gateway.yaml', text]]));
  const readFile = (path: string) => read(shown.get(path) ?? path);
  const { value } = readGatewayConfig({ file: 'gateway.yaml', env: {}, readFile });
  expect(value.gateway.login?.issuer.issuer).toBe('https://login.example.com');
});

describe('where TokenVault is', () => {
  it('is one address, or as many as there are replicas', () => {
    const many = ['a.example:50051', 'b.example:50051'];
    expect(load({ token_vault_address: many[0] }).tokenVault.addresses).toEqual(many.slice(0, 1));
    expect(load({ token_vault_address: many }).tokenVault.addresses).toEqual(many);
    expect(load({ token_vault_address: many.join(',') }).tokenVault.addresses).toEqual(many);
    expect(problemsOf({ token_vault_address: [...many, 'c.example'] })).toEqual([
      expect.stringMatching(/^gateway\.token_vault_address\[2\] .* must be host:port/),
    ]);
  });

  it('has codes exchanged for one OAuth client', () => {
    expect(load({}).oauthClient).toBe('default');
    expect(load({ oauth_client: 'shop' }).oauthClient).toBe('shop');
    expect(problemsOf({ oauth_client: 'The Shop' })).toEqual([
      expect.stringMatching(/^gateway\.oauth_client .* must be an alias/),
    ]);
  });
});

describe('what the gateway lets in', () => {
  it('is no page of another origin, no proxy’s word and no login, unless configured', () => {
    expect(load({})).toMatchObject({
      corsOrigins: [],
      trustedProxies: [],
      rateLimits: { perAddressPerMinute: 120, perSessionPerMinute: 30 },
      login: undefined,
    });
  });

  it('comes from the file or from variables', () => {
    const origins = ['https://app.example.com', 'http://localhost:5173'];
    expect(load({ cors_origins: origins }).corsOrigins).toEqual(origins);
    const env = {
      TOKENVAULT_GATEWAY_CORS_ORIGINS: origins.join(', '),
      TOKENVAULT_GATEWAY_RATE_LIMITS_PER_ADDRESS_PER_MINUTE: '0',
    };
    expect(load({}, env)).toMatchObject({
      corsOrigins: origins,
      rateLimits: { perAddressPerMinute: 0 },
    });
    const proxies = ['192.0.2.7', '10.0.0.0/8', '2001:db8::/32', '::1'];
    expect(load({ trusted_proxies: proxies }).trustedProxies).toEqual(proxies);
  });

  it.each([
    '*',
    'null',
    'https://*.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://app.example.com:443',
    'https://APP.example.com',
    'http://app.example.com',
    'app.example.com',
    '/example/',
    'https://user@app.example.com',
  ])('has no origin that no browser sends, and no pattern: %s', (origin) => {
    expect(problemsOf({ cors_origins: [origin] })).toEqual([
      expect.stringMatching(/^gateway\.cors_origins\[0\] .* must be an origin as browsers send it/),
    ]);
  });

  it.each([
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'fe80::1%eth0',
    'proxy.example.com',
    'loopback',
    '',
  ])('has no proxy that is no network, or everybody: %j', (network) => {
    expect(problemsOf({ trusted_proxies: [network] })).toEqual([
      expect.stringMatching(/^gateway\.trusted_proxies\[0\] .* must be an address or a network/),
    ]);
  });
});

describe('gateway.login_jwt', () => {
  it('says whose tokens name the user', () => {
    expect(load({ login_jwt: LOGIN }).login).toEqual({
      issuer: {
        ...LOGIN,
        jwksUri: undefined,
        algorithms: ['RS256'],
        types: ['JWT'],
        maxLifeMs: 3_600_000,
        caPem: undefined,
      },
      jwks: undefined,
      expectedUserClaim: undefined,
      userPrefix: undefined,
    });
    const more = {
      jwks_url: 'https://login.example.com/keys',
      algorithms: ['ES256'],
      typ: ['at+jwt'],
      max_life: '10m',
      ca_file: 'ca.pem',
      expected_user_claim: 'google_sub',
      user_prefix: 'shop:',
    };
    expect(load({ login_jwt: { ...LOGIN, ...more } }).login).toEqual({
      issuer: {
        ...LOGIN,
        jwksUri: more.jwks_url,
        algorithms: ['ES256'],
        types: ['at+jwt'],
        maxLifeMs: 600_000,
        caPem: files.get('ca.pem'),
      },
      jwks: undefined,
      expectedUserClaim: 'google_sub',
      userPrefix: 'shop:',
    });
  });

  it('may have the keys in a file', () => {
    const { login } = load({ login_jwt: { ...LOGIN, jwks_file: 'jwks.json' } });
    expect(login?.jwks).toBe(files.get('jwks.json'));
  });

  it.each([{ max_life: '10m' }, { expected_user_claim: 'sub' }, { jwks_file: 'jwks.json' }])(
    'is not left half configured, in which case nobody would be asked: %j',
    (half) => {
      expect(problemsOf({ login_jwt: half })).toEqual([
        expect.stringMatching(/^gateway\.login_jwt\.issuer is missing: it must name who issues/),
        expect.stringMatching(/^gateway\.login_jwt\.audience is missing: it must say what/),
      ]);
    },
  );

  it('has its keys from one place', () => {
    const both = { ...LOGIN, jwks_url: `${ISSUER}/keys`, jwks_file: 'jwks.json' };
    expect(problemsOf({ login_jwt: both })).toEqual([
      expect.stringMatching(/^gateway\.login_jwt\.jwks_file .* must not be set beside/),
    ]);
  });

  it.each(['page.html', 'ca.pem', 'nowhere.json'])('has keys in a JWK set alone: %s', (file) => {
    expect(problemsOf({ login_jwt: { ...LOGIN, jwks_file: file } })).toEqual([
      expect.stringMatching(/^gateway\.login_jwt\.jwks_file .* must name a file with a JWK set/),
    ]);
  });

  it('`tokenvault config check gateway` says where nothing can be checked with those keys', async () => {
    const text = fileOf({ login_jwt: { ...LOGIN, jwks_file: 'jwks.json' } });
    const withFile = Object.fromEntries([...files, ['tokenvault.yaml', text]]);
    const args = ['config', 'check', 'gateway', '--config', 'tokenvault.yaml'];
    const { exitCode, stderr } = await typeCommand(args, { files: withFile });
    expect(exitCode).toBe(2);
    expect(stderr).toEqual([
      expect.stringMatching(/^gateway\.login_jwt\.jwks_file must name a JWK set with at least/),
    ]);
  });
});
