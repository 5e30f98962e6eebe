import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/config/policy-file.ts';
import { LONGEST_SUBJECT } from '../../../src/domain/token-subject.ts';

const WORKER = 'spiffe_id: spiffe://example.org/worker';
const GETS = 'rpcs: [GetAccessToken], oauth_clients: [default], max_scopes: [openid], users: all';
const READS = 'rpcs: [GetUser], users: all';

/** The entries of a policy whose callers are written in a line each. */
function entriesOf(...lines: readonly string[]) {
  const parsed = parsePolicy(['callers:', ...lines.map((line) => `  - { ${line} }`)].join('\n'));
  return 'policy' in parsed ? parsed.policy.callers : parsed.problems;
}

describe('the policy file', () => {
  it('says who may do what, and where', () => {
    const text = [
      'callers:',
      '  - spiffe_id: spiffe://example.org/gateway',
      '    rpcs: [ExchangeCode]',
      '    oauth_clients: [default, partner]',
      '    users: all',
      '  - spiffe_id_prefix: spiffe://example.org/ns/mail/',
      '    rpcs: [GetAccessToken, GetUser]',
      '    oauth_clients: [default]',
      '    max_scopes:',
      '      - gmail.send',
      '      - email',
      '    users: { hosted_domains: [Example.org, lab.example.org] }',
      '    requests_per_second: 50',
    ].join('\n');
    expect(parsePolicy(text)).toEqual({
      policy: {
        callers: [
          {
            matcher: { kind: 'spiffeId', id: 'spiffe://example.org/gateway' },
            rpcs: new Set(['ExchangeCode']),
            oauthClients: new Set(['default', 'partner']),
            maxScopes: new Set(),
            users: 'all',
            requestsPerSecond: undefined,
            lines: { entry: 2, rpcs: 3, oauthClients: 4, maxScopes: undefined, users: 5 },
          },
          {
            matcher: { kind: 'spiffeIdPrefix', prefix: 'spiffe://example.org/ns/mail/' },
            rpcs: new Set(['GetAccessToken', 'GetUser']),
            oauthClients: new Set(['default']),
            maxScopes: new Set([
              'https://www.googleapis.com/auth/gmail.send',
              'https://www.googleapis.com/auth/userinfo.email',
            ]),
            users: new Set(['example.org', 'lab.example.org']),
            requestsPerSecond: 50,
            lines: { entry: 6, rpcs: 7, oauthClients: 8, maxScopes: 10, users: 12 },
          },
        ],
      },
    });
  });

  it.each([
    ['dns_name: Mail.example.org', { kind: 'dnsName', name: 'mail.example.org' }],
    [
      'jwt: { issuer: https://accounts.google.com, subject: "108" }',
      { kind: 'jwt', issuer: 'https://accounts.google.com', subject: '108' },
    ],
    [
      'jwt: { issuer: https://k8s, claims: { kubernetes.io: { namespace: jobs }, n: 1, b: true } }',
      {
        kind: 'jwt',
        issuer: 'https://k8s',
        claims: { 'kubernetes.io': { namespace: 'jobs' }, n: 1, b: true },
      },
    ],
  ])('knows callers by %s', (matcher, expected) => {
    expect(entriesOf(`${matcher}, ${READS}`)).toMatchObject([{ matcher: expected }]);
  });

  it('knows callers by every subject that a token may have', () => {
    const subject = 'x'.repeat(LONGEST_SUBJECT);
    const matcher = { issuer: 'https://a', subject };
    expect(entriesOf(`jwt: { issuer: https://a, subject: ${subject} }, ${READS}`)).toMatchObject([
      { matcher },
    ]);
  });

  it('may name nobody', () => {
    expect(parsePolicy('callers: []')).toEqual({ policy: { callers: [] } });
  });

  it.each([
    ['drive.readonly', 'https://www.googleapis.com/auth/drive.readonly'],
    ['https://mail.google.com/', 'https://mail.google.com/'],
    ['openid', 'openid'],
    ['profile', 'https://www.googleapis.com/auth/userinfo.profile'],
    ['userinfo.email', 'https://www.googleapis.com/auth/userinfo.email'],
  ])('means by the scope %s Google’s %s', (short, name) => {
    const gets = GETS.replace('[openid]', `[${short}]`);
    expect(entriesOf(`${WORKER}, ${gets}`)).toMatchObject([{ maxScopes: new Set([name]) }]);
  });
});
