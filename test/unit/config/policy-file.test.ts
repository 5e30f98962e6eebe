import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/config/policy-file.ts';
import { RPC_NAMES } from '../../../src/domain/rpc-name.ts';

function problemsOf(text: string): readonly string[] {
  const parsed = parsePolicy(text);
  return 'problems' in parsed ? parsed.problems : [];
}

describe('the policy file', () => {
  it('says which RPCs a caller may use', () => {
    const text = [
      'callers:',
      '  - spiffe_id: spiffe://example.org/gateway',
      '    rpcs: [ExchangeCode]',
      '  - spiffe_id: spiffe://example.org/ns/mail/sa/worker-1.2_x',
      '    rpcs: [GetAccessToken, GetUser]',
    ].join('\n');
    expect(parsePolicy(text)).toEqual({
      policy: {
        callers: [
          { spiffeId: 'spiffe://example.org/gateway', rpcs: ['ExchangeCode'] },
          {
            spiffeId: 'spiffe://example.org/ns/mail/sa/worker-1.2_x',
            rpcs: ['GetAccessToken', 'GetUser'],
          },
        ],
      },
    });
  });

  it('may name every RPC that there is', () => {
    const entry = { spiffe_id: 'spiffe://example.org/operator', rpcs: RPC_NAMES };
    expect(problemsOf(JSON.stringify({ callers: [entry] }))).toEqual([]);
  });

  it('may name nobody', () => {
    expect(parsePolicy('callers: []')).toEqual({ policy: { callers: [] } });
  });

  it('reports everything that is wrong at once, each with its place', () => {
    const text = [
      'callers:',
      '  - spiffe_id: https://example.org/gateway',
      '    rpcs: [ExchangeCode, Exchange]',
      '  - rpcs: []',
      '    spiffe_id: spiffe://example.org/worker',
      '  - { spiffe_id: spiffe://example.org/x, rpcs: [GetUser], admin: true }',
    ].join('\n');
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^callers\[0\]\.spiffe_id \(line 2\) must be a SPIFFE ID/),
      expect.stringMatching(/^callers\[0\]\.rpcs\[1\] \(line 3\) must be one of ExchangeCode, /),
      expect.stringMatching(/^callers\[1\]\.rpcs \(line 4\) must be a list of RPCs: /),
      expect.stringMatching(
        /^callers\[2\] \(line 6\) must have the keys spiffe_id and rpcs and no/,
      ),
    ]);
  });

  it('refuses two entries for one caller', () => {
    const entry = '{ spiffe_id: spiffe://example.org/x, rpcs: [GetUser] }';
    expect(problemsOf(`callers: [${entry}, ${entry}]`)).toEqual([
      expect.stringMatching(/^callers\[1\]\.spiffe_id \(line 1\) must differ from those before/),
    ]);
  });

  it('refuses what is no SPIFFE ID', () => {
    const text = JSON.stringify({
      callers: [{ spiffe_id: 'spiffe://example.org/*', rpcs: ['GetUser'] }],
    });
    expect(problemsOf(text)).toEqual([expect.stringContaining('must be a SPIFFE ID')]);
  });

  it.each(['', 'callers', 'callers: 7', 'caller: []', 'callers: {}', '[]'])(
    'refuses %j',
    (text) => {
      expect(problemsOf(text)).not.toEqual([]);
    },
  );

  it('says the line that is not YAML, without quoting it', () => {
    expect(problemsOf('callers:\n\t- canary')).toEqual(['line 2 is not YAML (TAB_AS_INDENT)']);
  });

  it('refuses aliases that would unfold into a huge tree', () => {
    const levels = Array.from({ length: 12 }, (_, index) =>
      index === 0 ? 'a0: &a0 [x, x]' : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]`,
    );
    expect(problemsOf(levels.join('\n'))).toEqual(['has too many aliases']);
  });
});
