import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { typeCommand } from '../../support/cli-terminal.ts';
import { configFiles, SERVER } from '../../support/config-files.ts';

const POLICY = [
  'callers:',
  '  - spiffe_id: spiffe://example.org/drive-worker',
  '    rpcs: [GetAccessToken]',
  '    oauth_clients: [default]',
  '    max_scopes: [openid, drive.readonly]',
  '    users: { hosted_domains: [example.org] }',
  '  - dns_name: ops.example.org',
  '    rpcs: [GetUser, ExchangeCode]',
  '    oauth_clients: [default]',
  '    users: all',
  '  - jwt:',
  '      issuer: https://issuer.example',
  '      claims: { groups: mail }',
  '    rpcs: [RevokeUser]',
  '    users: all',
].join('\n');
const files = { 'policy.yaml': POLICY, 'bad.yaml': POLICY.replace('[RevokeUser]', '[Revoke]') };
const WORKER = ['--caller', 'spiffe://example.org/drive-worker'];
const OPS = ['--caller', 'dns:ops.example.org'];
const BEARER = ['--caller', 'https://issuer.example 108'];
const GETS = [...WORKER, '--rpc', 'GetAccessToken', '--scopes'];

const explain = (...args: readonly string[]) =>
  typeCommand(['policy', 'explain', '--policy', 'policy.yaml', ...args], { files });

describe('`tokenvault policy check`', () => {
  it('says in one line that all is well', async () => {
    expect(await typeCommand(['policy', 'check', 'policy.yaml'], { files })).toEqual({
      exitCode: 0,
      stdout: ['The policy policy.yaml is good: 3 callers.'],
      stderr: [],
    });
  });

  it('says everything that is wrong, and where', async () => {
    expect(await typeCommand(['policy', 'check', 'bad.yaml'], { files })).toEqual({
      exitCode: 2,
      stdout: [],
      stderr: [
        'bad.yaml: callers[2].rpcs[0] (line 14) must be one of ExchangeCode, GetAccessToken, BatchGetAccessTokens, RevokeUser, GetUser, ListUsers, ImportGrant.',
      ],
    });
  });

  it('names a file that cannot be read', async () => {
    const { exitCode, stderr } = await typeCommand(['policy', 'check', 'none.yaml'], { files });
    expect(exitCode).toBe(2);
    expect(stderr).toEqual(['Cannot read the policy file at none.yaml: check the path.']);
  });
});

describe('`tokenvault policy explain`', () => {
  it.each([
    ['by its entry', [...GETS, 'drive.readonly', '--user-domain', 'Example.org'], 'callers[0]', 2],
    [
      'in Google’s names',
      [
        ...GETS,
        'https://www.googleapis.com/auth/drive.readonly openid',
        '--user-domain',
        'example.org',
      ],
      'callers[0]',
      2,
    ],
    ['without scopes', [...OPS, '--rpc', 'ExchangeCode'], 'callers[1]', 7],
    ['without a client', [...OPS, '--rpc', 'GetUser', '--oauth-client', 'x'], 'callers[1]', 7],
    [
      'by a claim',
      [...BEARER, '--claims', '{"groups":["a","mail"]}', '--rpc', 'RevokeUser'],
      'callers[2]',
      11,
    ],
  ])('says what is allowed: %s', async (_how, args, entry, line) => {
    expect(await explain(...args)).toEqual({
      exitCode: 0,
      stdout: [`allowed by ${entry} (policy.yaml:${line})`],
      stderr: [],
    });
  });

  it.each([
    ['rpc: rpcs of callers[0] lacks GetUser (policy.yaml:3)', [...WORKER, '--rpc', 'GetUser']],
    [
      'oauthClient: oauth_clients of callers[0] lacks partner (policy.yaml:4)',
      [...GETS, 'openid', '--oauth-client', 'partner'],
    ],
    [
      'scope: max_scopes of callers[0] lacks https://www.googleapis.com/auth/drive, https://www.googleapis.com/auth/gmail.send (policy.yaml:5)',
      [...GETS, 'gmail.send,openid,drive'],
    ],
    [
      'user: users of callers[0] lacks other.org (policy.yaml:6)',
      [...GETS, 'openid', '--user-domain', 'other.org'],
    ],
    [
      'user: users of callers[0] lacks users without a domain and unknown ones (policy.yaml:6)',
      [...GETS, 'openid'],
    ],
    [
      'rpc: no entry matches the caller (policy.yaml)',
      ['--caller', 'spiffe://example.org/x', '--rpc', 'GetUser'],
    ],
    ['rpc: no entry matches the caller (policy.yaml)', [...BEARER, '--rpc', 'RevokeUser']],
  ])('says what is not: %s', async (sentence, args) => {
    expect(await explain(...args)).toEqual({
      exitCode: 1,
      stdout: [],
      stderr: [`CALLER_NOT_ALLOWED, deniedBy ${sentence}`],
    });
  });

  it.each([
    [[...WORKER, '--rpc', 'GetAccessToken'], '--scopes is needed with GetAccessToken'],
    [['--caller', 'drive-worker', '--rpc', 'GetUser'], '--caller is a caller as the log names it'],
    [['--caller', `https://a ${'x'.repeat(513)}`, '--rpc', 'GetUser'], '--caller is a caller'],
    [[...WORKER, '--claims', '{}', '--rpc', 'GetUser'], '--claims goes with a caller of a token'],
    [[...BEARER, '--claims', '[1]', '--rpc', 'GetUser'], '--claims is a JSON object'],
    [[...BEARER, '--claims', 'canary', '--rpc', 'GetUser'], '--claims is a JSON object'],
    [[...WORKER, '--rpc', 'Get'], 'Allowed choices are ExchangeCode, GetAccessToken'],
    [[...WORKER], '--rpc'],
  ])('refuses %j', async (args, problem) => {
    const { exitCode, stdout, stderr } = await explain(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toEqual([]);
    expect(stderr.join('\n')).toContain(problem);
    expect(stderr.join('\n')).not.toContain('canary');
  });

  it('allows a list, which leaves out users of other domains', async () => {
    const policy = [
      'callers:',
      '  - spiffe_id: spiffe://example.org/support',
      '    rpcs: [ListUsers]',
      '    users: { hosted_domains: [example.org] }',
    ].join('\n');
    const caller = ['--caller', 'spiffe://example.org/support', '--rpc', 'ListUsers'];
    const args = ['policy', 'explain', '--policy', 'support.yaml', ...caller];
    expect(await typeCommand(args, { files: { 'support.yaml': policy } })).toMatchObject({
      exitCode: 0,
      stdout: ['allowed by callers[0] (support.yaml:2)'],
    });
  });

  it('says what is wrong with a policy instead of explaining it', async () => {
    const args = ['policy', 'explain', '--policy', 'bad.yaml', ...OPS, '--rpc', 'GetUser'];
    const { exitCode, stderr } = await typeCommand(args, { files });
    expect(exitCode).toBe(2);
    expect(stderr).toEqual([expect.stringMatching(/^bad\.yaml: callers\[2\]/)]);
  });
});

describe('with the configuration', () => {
  const OFF = ['--config', 'tokenvault.yaml'];
  const ISSUERS = JSON.stringify([{ issuer: 'https://issuer.example', audience: 'tokenvault' }]);
  const ON = ['--set', 'listen.dns_names=true', '--set', `listen_jwt.issuers=${ISSUERS}`];
  let named: Record<string, string>;
  beforeAll(async () => {
    const all = Object.fromEntries(await configFiles());
    named = { ...all, ...files, 'tokenvault.yaml': stringify(SERVER) };
  });
  const type = (...args: readonly string[]) => typeCommand(['policy', ...args], { files: named });

  it('`check` names the entries that nobody can match', async () => {
    expect(await type('check', 'policy.yaml', ...OFF)).toEqual({
      exitCode: 1,
      stdout: [],
      stderr: [
        'policy.yaml: callers[1] (line 7) matches nobody: listen.dns_names is false.',
        'policy.yaml: callers[2] (line 11) matches nobody: its issuer is none of listen_jwt.issuers.',
        'The policy policy.yaml has entries that match nobody with this configuration.',
      ],
    });
  });

  it('`check` is content where all can', async () => {
    expect(await type('check', 'policy.yaml', ...OFF, ...ON)).toMatchObject({ exitCode: 0 });
  });

  it('`check` takes the file in the place of the one that is configured', async () => {
    named['next.yaml'] = POLICY.replace('spiffe://example.org', 'spiffe://example.com');
    const { stderr } = await type('check', 'next.yaml', ...OFF, ...ON, '--set', 'policy.file=none');
    expect(stderr[0]).toBe(
      'next.yaml: callers[0] (line 2) matches nobody: listen.trust_domain is example.org.',
    );
  });

  it('`check` says what is wrong with the configuration', async () => {
    const { exitCode, stderr } = await type('check', 'policy.yaml', '--config', 'none.yaml');
    expect([exitCode, stderr]).toEqual([2, [expect.stringContaining('none.yaml')]]);
  });

  it.each([
    ['the policy that it names', []],
    ['another one', ['--policy', 'policy.yaml']],
  ])('`explain` takes %s', async (_which, policy) => {
    const ask = ['explain', ...policy, ...OPS, '--rpc', 'GetUser', ...OFF];
    expect(await type(...ask, ...ON)).toMatchObject({
      stdout: ['allowed by callers[1] (policy.yaml:7)'],
    });
    expect(await type(...ask)).toEqual({
      exitCode: 1,
      stdout: [],
      stderr: [
        'CALLER_CREDENTIAL_INVALID: nobody can prove to be this caller, listen.dns_names is false',
      ],
    });
  });

  it.each([
    [['--caller', 'spiffe://example.com/x'], 'listen.trust_domain is example.org'],
    [BEARER, 'its issuer is none of listen_jwt.issuers'],
  ])('`explain` lets nobody in that the ports keep out: %j', async (caller, problem) => {
    const { exitCode, stderr } = await type('explain', ...caller, '--rpc', 'RevokeUser', ...OFF);
    expect([exitCode, stderr]).toEqual([1, [expect.stringContaining(problem)]]);
  });
});
