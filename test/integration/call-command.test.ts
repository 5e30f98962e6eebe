import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { Failure } from '../../src/domain/failure.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { IssuedToken } from '../../src/service/token-vault.ts';
import { typeCommand } from '../support/cli-terminal.ts';
import { devFiles } from '../support/dev-files.ts';
import { ISSUED } from '../support/fakes/hand-written-token-vault.ts';
import {
  CALLER_ID,
  startTokenVaultServer,
  type TokenVaultServer,
} from '../support/token-vault-server.ts';

let fixture: TokenVaultServer;
let env: Record<string, string>;
let files: Record<string, string>;

beforeAll(async () => {
  fixture = await startTokenVaultServer();
  ({ env, files } = fixture.terminal);
});

afterAll(() => fixture.server.stop(0));

beforeEach(() => {
  fixture.tokenVault.requests.length = 0;
});

function call(method: string, request: string, ...more: readonly string[]) {
  return typeCommand(['call', method, request, ...more], { env, files });
}

describe('tokenvault call', () => {
  it('prints the reply as JSON on stdout and nothing else', async () => {
    const { exitCode, stdout, stderr } = await call('GetUser', '{"userId": "42"}');

    expect(stderr).toEqual([]);
    expect(JSON.parse(stdout.join('\n'))).toEqual({
      user: {
        userId: '110169484474386276334',
        state: 'USER_STATE_ACTIVE',
        updateTime: '2026-01-01T00:00:00.000Z',
      },
    });
    expect(exitCode).toBe(0);
  });

  it('sends what was typed, with the certificate and the request id', async () => {
    const request = { userId: '42', scopes: ['openid'], minTtl: '90s' };

    const { stdout } = await call('GetAccessToken', JSON.stringify(request), '--request-id', 'r-7');

    expect(JSON.parse(stdout.join('\n'))).toMatchObject({ accessToken: 'issued-access-token' });
    expect(fixture.tokenVault.requests).toEqual([
      expect.objectContaining({ userId: '42', scopes: ['openid'], minTtlMs: 90_000 }),
    ]);
    expect(fixture.tokenVault.contexts.at(-1)).toMatchObject({
      caller: { id: CALLER_ID },
      requestId: 'r-7',
    });
  });

  it('makes a call for many users, whose answer may be larger than others', async () => {
    const long: IssuedToken = { ...ISSUED, accessToken: new Secret('t'.repeat(2_048)) };
    fixture.tokenVault.onBatchGetAccessTokens = ({ userIds, scopes }) => ({
      results: userIds.map((userId) => (userId === '7' ? new Failure('USER_REVOKED') : long)),
      scopes,
    });
    const userIds = Array.from({ length: 100 }, (_, index) => `${index}`);
    const request = JSON.stringify({ userIds, scopes: ['openid'] });
    const { stdout } = await call('BatchGetAccessTokens', request);
    const { results, tokenType } = JSON.parse(stdout.join('\n'));
    expect(results).toHaveLength(100);
    expect(results[6]).toMatchObject({ token: { accessToken: long.accessToken.reveal() } });
    expect(results[7]).toMatchObject({ error: { code: 9, reason: 'USER_REVOKED' } });
    expect(tokenType).toBe('Bearer');
  });

  it('reads the request from stdin, so that a code stays out of the shell’s history', async () => {
    const stdin = '{"code": "4/typed", "codeSource": "CODE_SOURCE_MOBILE"}';

    const { exitCode } = await typeCommand(['call', 'ExchangeCode', '-'], { env, files, stdin });

    expect(exitCode).toBe(0);
    expect(fixture.tokenVault.requests).toEqual([
      expect.objectContaining({ codeSource: 'mobile' }),
    ]);
  });

  it.each(['ExchangeCode', 'RevokeUser'])('knows %s', async (method) => {
    const request = method === 'ExchangeCode' ? { code: '4/x' } : { userId: '42', reason: 'test' };

    expect(await call(method, JSON.stringify(request))).toMatchObject({ exitCode: 0, stderr: [] });
  });

  it('says why a call was refused, with everything that helps', async () => {
    fixture.tokenVault.onGetAccessToken = async () => {
      throw new Failure('SCOPE_NOT_GRANTED', { metadata: { missingScopes: 'openid' } });
    };

    const request = '{"userId": "42", "scopes": ["openid"]}';
    const { exitCode, stdout, stderr } = await call(
      'GetAccessToken',
      request,
      '--request-id',
      'r-8',
    );

    expect(stdout).toEqual([]);
    expect(stderr).toEqual([
      'FAILED_PRECONDITION SCOPE_NOT_GRANTED: The user has not granted a requested scope.',
      '  missingScopes: openid',
      '  request id: r-8',
    ]);
    expect(exitCode).toBe(1);
  });

  it('names the field that the service refuses', async () => {
    const { stderr } = await call('GetAccessToken', '{"userId": "42"}');

    expect(stderr[0]).toContain('INVALID_ARGUMENT FIELD_INVALID');
    expect(stderr.join('\n')).toContain('  scopes: ');
  });

  it('uses the development stack of this folder where no variable is set', async () => {
    const dev = devFiles(fixture.connectOptions);

    const { exitCode } = await typeCommand(['call', 'GetUser', '{"userId": "42"}'], { files: dev });

    expect(exitCode).toBe(0);
  });

  it.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    [
      'a broken key',
      { 'key.pem': 'planted-key' },
      'KEY_FILE (key.pem) must name a file with a PEM',
    ],
    ['a broken certificate', { 'cert.pem': 'planted' }, 'CERT_FILE (cert.pem) must name a file of'],
    ['a broken authority', { 'ca.pem': 'planted' }, 'CA_FILE (ca.pem) must name a file of PEM'],
    ['a certificate that is missing', { 'cert.pem': undefined }, 'cert.pem'],
  ])('does not call with %s', async (_what, changes, says) => {
    const broken = Object.fromEntries(
      Object.entries({ ...files, ...changes }).flatMap(([path, text]) =>
        text === undefined ? [] : [[path, text]],
      ),
    );

    const { exitCode, stderr } = await typeCommand(['call', 'GetUser', '{}'], {
      env,
      files: broken,
    });

    expect(exitCode).toBe(2);
    expect(stderr).toEqual([expect.stringContaining(says)]);
    expect(stderr[0]).not.toContain('planted');
    expect(fixture.tokenVault.requests).toEqual([]);
  });

  it('does not call with a key that belongs to another certificate', async () => {
    const { key } = await createCertificateAuthority('another');

    const { exitCode, stderr } = await typeCommand(['call', 'GetUser', '{}'], {
      env,
      files: { ...files, 'key.pem': key },
    });

    expect(exitCode).toBe(2);
    expect(stderr).toEqual([
      'TOKENVAULT_KEY_FILE (key.pem) must name the private key of the certificate in cert.pem.',
    ]);
  });

  it.each([
    ['an IP address', '127.0.0.1:50051', 'is an IP address: use a host name'],
    ['no port', 'localhost', 'must be host:port'],
  ])('does not call an address with %s', async (_what, TOKENVAULT_ADDRESS, says) => {
    const { exitCode, stderr } = await typeCommand(['call', 'GetUser', '{}'], {
      env: { ...env, TOKENVAULT_ADDRESS },
      files,
    });

    expect(exitCode).toBe(2);
    expect(stderr).toEqual([expect.stringContaining(says)]);
  });

  it('gives up after --timeout', async () => {
    fixture.tokenVault.onGetUser = () => new Promise(() => undefined);

    const { exitCode, stderr } = await call('GetUser', '{"userId": "42"}', '--timeout', '100ms');

    expect(stderr).toEqual([expect.stringContaining('DEADLINE_EXCEEDED')]);
    expect(exitCode).toBe(1);
  });
});
