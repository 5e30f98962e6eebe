import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/config/policy-file.ts';
import { LONGEST_SUBJECT } from '../../../src/domain/token-subject.ts';

const WORKER = 'spiffe_id: spiffe://example.org/worker';
const GETS = 'rpcs: [GetAccessToken], oauth_clients: [default], max_scopes: [openid], users: all';
const READS = 'rpcs: [GetUser], users: all';

function problemsOf(text: string): readonly string[] {
  const parsed = parsePolicy(text);
  return 'problems' in parsed ? parsed.problems : [];
}

/** The entries of a policy whose callers are written in a line each. */
function entriesOf(...lines: readonly string[]) {
  const parsed = parsePolicy(['callers:', ...lines.map((line) => `  - { ${line} }`)].join('\n'));
  return 'policy' in parsed ? parsed.policy.callers : parsed.problems;
}

describe('a policy file with mistakes', () => {
  it('is told all of them at once, each with its place', () => {
    const text = [
      'callers:',
      '  - spiffe_id: https://example.org/gateway',
      '    rpcs: [ExchangeCode, Exchange]',
      '    users: all',
      '  - rpcs: []',
      '    spiffe_id: spiffe://example.org/worker',
      '    users: { hosted_domains: [] }',
      '  - { spiffe_id: spiffe://example.org/x, rpcs: [GetUser], users: all, admin: true }',
      '  - spiffe_id: spiffe://example.org/y',
      '    rpcs: [GetUser]',
    ].join('\n');
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^callers\[0\]\.spiffe_id \(line 2\) must be a SPIFFE ID/),
      expect.stringMatching(/^callers\[0\]\.rpcs\[1\] \(line 3\) must be one of ExchangeCode, /),
      expect.stringMatching(/^callers\[1\]\.rpcs \(line 5\) must be a list of RPCs: /),
      expect.stringMatching(/^callers\[1\]\.users \(line 7\) must be all, or hosted_domains /),
      expect.stringMatching(/^callers\[2\] \(line 8\) must have no keys but spiffe_id, /),
      expect.stringMatching(/^callers\[3\]\.users \(line 9\) must be all, or hosted_domains /),
    ]);
  });

  it.each([
    [
      'no matcher',
      READS,
      '',
      'must have exactly one of spiffe_id, spiffe_id_prefix, dns_name, jwt',
    ],
    ['two matchers', `${WORKER}, dns_name: a, ${READS}`, '', 'must have exactly one of '],
    [
      'no OAuth client for GetAccessToken',
      `${WORKER}, rpcs: [GetAccessToken], max_scopes: [openid], users: all`,
      '.oauth_clients',
      'must be there for GetAccessToken: nothing is implied',
    ],
    [
      'no OAuth client for ExchangeCode',
      `${WORKER}, rpcs: [GetUser, ExchangeCode], users: all`,
      '.oauth_clients',
      'must be there for ExchangeCode',
    ],
    [
      'no scopes for GetAccessToken',
      `${WORKER}, rpcs: [GetAccessToken], oauth_clients: [default], users: all`,
      '.max_scopes',
      'must be there for GetAccessToken',
    ],
    [
      'scopes that nothing needs',
      `${WORKER}, rpcs: [ExchangeCode], oauth_clients: [default], max_scopes: [openid], users: all`,
      '.max_scopes',
      'has no effect without GetAccessToken or BatchGetAccessTokens: take it out',
    ],
    [
      'OAuth clients that nothing needs',
      `${WORKER}, ${READS}, oauth_clients: [default]`,
      '.oauth_clients',
      'has no effect without ExchangeCode or GetAccessToken or BatchGetAccessTokens or ImportGrant: take it out',
    ],
    [
      'a rate of nothing',
      `${WORKER}, ${READS}, requests_per_second: 0`,
      '.requests_per_second',
      '',
    ],
    [
      'an alias that is none',
      `${WORKER}, ${GETS.replace('default', 'A b')}`,
      '.oauth_clients[0]',
      '',
    ],
    ['a wildcard', `${WORKER}, ${GETS.replace('default', '"*"')}`, '.oauth_clients[0]', ''],
    ['any scope', `${WORKER}, ${GETS.replace('openid', '"*"')}`, '.max_scopes[0]', ''],
    ['two scopes in one', `${WORKER}, ${GETS.replace('openid', 'a b')}`, '.max_scopes[0]', ''],
    ['a scope over http', `${WORKER}, ${GETS.replace('openid', 'http://x')}`, '.max_scopes[0]', ''],
    ['users of everywhere', `${WORKER}, rpcs: [GetUser], users: everywhere`, '.users', ''],
    [
      'a domain with a star',
      `${WORKER}, rpcs: [GetUser], users: { hosted_domains: ["*.a"] }`,
      '.users',
      '',
    ],
    ['an ID with a star', `spiffe_id: spiffe://example.org/*, ${READS}`, '.spiffe_id', ''],
    [
      'half a segment',
      `spiffe_id_prefix: spiffe://example.org/ns, ${READS}`,
      '.spiffe_id_prefix',
      '',
    ],
    ['no trust domain', `spiffe_id_prefix: spiffe://, ${READS}`, '.spiffe_id_prefix', ''],
    ['a step up', `spiffe_id_prefix: spiffe://td/../, ${READS}`, '.spiffe_id_prefix', ''],
    [
      'all tokens of an issuer',
      `jwt: { issuer: https://accounts.google.com }, ${READS}`,
      '.jwt',
      '',
    ],
    ['no claims', `jwt: { issuer: https://a, claims: {} }, ${READS}`, '.jwt.claims', ''],
    [
      'a list as a claim',
      `jwt: { issuer: https://a, claims: { a: [b] } }, ${READS}`,
      '.jwt.claims.a',
      '',
    ],
    [
      'claims too deep',
      `jwt: { issuer: https://a, claims: { a: { b: { c: { d: { e: f } } } } } }, ${READS}`,
      '.jwt.claims.a',
      '',
    ],
    [
      'a subject with a space',
      `jwt: { issuer: https://a, subject: "a b" }, ${READS}`,
      '.jwt.subject',
      '',
    ],
    [
      'a subject that no token may have',
      `jwt: { issuer: https://a, subject: ${'x'.repeat(LONGEST_SUBJECT + 1)} }, ${READS}`,
      '.jwt.subject',
      'of at most 512 characters',
    ],
    [
      'keys of a token that are none',
      `jwt: { issuer: https://a, subject: b, aud: c }, ${READS}`,
      '.jwt',
      '',
    ],
  ])('is refused for %s', (_what, entry, place, message) => {
    expect(entriesOf(entry)).toEqual([expect.stringMatching(/^callers\[0\]/)]);
    expect(entriesOf(entry)).toEqual([expect.stringContaining(`callers[0]${place} (line 2) `)]);
    expect(entriesOf(entry)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['the same caller again', [WORKER, WORKER]],
    ['one of an earlier prefix', ['spiffe_id_prefix: spiffe://example.org/', WORKER]],
    [
      'a token that an earlier entry takes',
      [
        'jwt: { issuer: https://a, subject: b }',
        'jwt: { issuer: https://a, subject: b, claims: { c: d } }',
      ],
    ],
  ])('is refused for an entry that is never reached: %s', (_what, [first = '', second = '']) => {
    expect(
      entriesOf(`${first}, ${READS}`, `dns_name: other, ${READS}`, `${second}, ${READS}`),
    ).toEqual(['callers[2] (line 4) can never be reached: callers[0] has all its callers']);
  });

  it('may have a prefix behind one of its callers', () => {
    expect(
      entriesOf(`${WORKER}, ${GETS}`, `spiffe_id_prefix: spiffe://example.org/, ${READS}`),
    ).toHaveLength(2);
  });

  it.each([
    '',
    'callers',
    'callers: 7',
    'caller: []',
    'callers: {}',
    '[]',
    'callers: [7]',
    'callers: [{}]',
  ])('is refused where it says %j', (text) => {
    expect(problemsOf(text)).not.toEqual([]);
  });

  it('is refused with more callers than a service can have', () => {
    const entries = Array.from({ length: 1_001 }, (_, index) => ({
      spiffe_id: `spiffe://example.org/${index}`,
      rpcs: ['GetUser'],
      users: 'all',
    }));
    expect(problemsOf(JSON.stringify({ callers: entries }))).toEqual([
      'callers (line 1) must be a list of at most 1000 callers',
    ]);
    expect(problemsOf(JSON.stringify({ callers: entries.slice(1) }))).toEqual([]);
  });

  it('says the line that is not YAML, without quoting it', () => {
    expect(problemsOf('callers:\n\t- canary')).toEqual(['line 2 is not YAML (TAB_AS_INDENT)']);
  });

  it('leaves out no claim for its name', () => {
    const claims = '{ __proto__: admin, team: mail }';
    expect(entriesOf(`jwt: { issuer: https://a, claims: ${claims} }, ${READS}`)).toEqual([
      'line 2 has the key __proto__, which names nothing',
    ]);
  });

  it('refuses aliases that would unfold into a huge tree', () => {
    const levels = Array.from({ length: 12 }, (_, index) =>
      index === 0 ? 'a0: &a0 [x, x]' : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]`,
    );
    expect(problemsOf(levels.join('\n'))).toEqual(['has too many aliases']);
  });
});
