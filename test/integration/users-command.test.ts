import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import type { ImportedGrant, ImportGrantRequest, UserView } from '../../src/service/token-vault.ts';
import { typeCommand } from '../support/cli-terminal.ts';
import { IMPORTED, PAGE, USER } from '../support/fakes/hand-written-token-vault.ts';
import { startTokenVaultServer, type TokenVaultServer } from '../support/token-vault-server.ts';

let fixture: TokenVaultServer;
let env: Record<string, string>;
let certificates: Record<string, string>;

beforeAll(async () => {
  fixture = await startTokenVaultServer();
  ({ env, files: certificates } = fixture.terminal);
});
afterAll(() => fixture.server.stop(0));
beforeEach(() => {
  fixture.tokenVault.requests.length = 0;
  fixture.tokenVault.onListUsers = async () => PAGE;
  fixture.tokenVault.onImportGrant = async () => IMPORTED;
});

type More = Omit<NonNullable<Parameters<typeof typeCommand>[1]>, 'env'>;
const type = (args: readonly string[], { files, ...more }: More = {}) =>
  typeCommand(['users', ...args], { env, files: { ...certificates, ...files }, ...more });

const ann: UserView = {
  ...USER,
  userId: '108000000000000000001',
  externalUserId: 'crm/42',
  grants: [
    { oauthClient: 'default', scopes: ['openid'], state: 'live', createTime: 1_700_000_000_000 },
    {
      oauthClient: 'web',
      scopes: ['a', 'b'],
      state: 'dead',
      cause: 'revokedAtGoogle',
      createTime: 1_600_000_000_000,
    },
  ],
};

describe('tokenvault users list', () => {
  it('prints the users page by page, past empty pages, to the last', async () => {
    const tokens: unknown[] = [];
    const last = { ...ann, userId: '108000000000000000002', grants: ann.grants.slice(1) };
    const pages = [
      { ...PAGE, users: [ann], nextPageToken: '1..x', partsDone: 1 },
      { ...PAGE, users: [], nextPageToken: '2..x', partsDone: 2 },
      { ...PAGE, users: [last] },
    ];
    fixture.tokenVault.onListUsers = async ({ pageToken }) => {
      tokens.push(pageToken);
      return pages[tokens.length - 1] ?? PAGE;
    };

    const { exitCode, stdout, stderr } = await type(['list']);

    expect(stderr).toEqual([]);
    expect(stdout).toEqual([
      'USER                   STATE     CHANGED               GRANTS',
      '108000000000000000001  active    2026-01-01T00:00:00Z  default live, web dead (revokedAtGoogle)',
      '108000000000000000002  dead      2026-01-01T00:00:00Z  web dead (revokedAtGoogle)',
    ]);
    expect(tokens).toEqual([undefined, '1..x', '2..x']);
    expect(exitCode).toBe(0);
  });

  it('asks for what the flags say, and prints a line of JSON for each with --json', async () => {
    const { stdout } = await type(['list', '--state', 'dead', '--client', 'web', '--json']);

    expect(fixture.tokenVault.requests).toMatchObject([
      { filter: { state: 'dead', oauthClient: 'web' } },
    ]);
    expect(stdout.map((line) => JSON.parse(line))).toMatchObject([{ userId: USER.userId }]);
  });

  it('asks for no further page where nobody reads it, as with `| head`', async () => {
    fixture.tokenVault.onListUsers = async () => ({ ...PAGE, nextPageToken: '1..x' });
    const { exitCode } = await type(['list'], { readsLines: 5 });
    expect(fixture.tokenVault.requests.length).toBeLessThan(6);
    expect(exitCode).toBe(0);
  });

  it('draws how far it is where somebody watches', async () => {
    let drawn = '';
    const draw = (text: string) => {
      drawn += text;
    };
    await type(['list'], { draw });
    expect(drawn).toContain('100 %');
    expect(drawn.endsWith('\u001b[2K')).toBe(true);
  });

  it('goes on where a page fails for a moment, and does not where the first one does', async () => {
    let calls = 0;
    fixture.tokenVault.onListUsers = async ({ pageToken }) => {
      calls += 1;
      if (calls === 2) throw new Failure('STORE_UNAVAILABLE', { retryAfterMs: 1 });
      return pageToken === undefined ? { ...PAGE, nextPageToken: '1..x' } : PAGE;
    };
    expect(await type(['list'])).toMatchObject({ exitCode: 0, stderr: [] });

    fixture.tokenVault.onListUsers = async () => {
      throw new Failure('CALLER_NOT_ALLOWED', { metadata: { deniedBy: 'rpc' } });
    };
    const { exitCode, stderr } = await type(['list']);
    expect(exitCode).toBe(1);
    expect(stderr[0]).toContain('CALLER_NOT_ALLOWED');
  });

  it('says that records could not be read, after all that could', async () => {
    fixture.tokenVault.onListUsers = async () => ({ ...PAGE, unreadable: 2 });
    const { exitCode, stdout, stderr } = await type(['list']);
    expect(stdout).toHaveLength(2);
    expect(stderr).toEqual([expect.stringContaining('2 stored records cannot be read')]);
    expect(exitCode).toBe(1);
  });
});

describe('tokenvault users show and revoke', () => {
  it('shows a user on some lines', async () => {
    fixture.tokenVault.onGetUser = async () => ({
      ...ann,
      revokeTime: Date.UTC(2025, 0, 1),
      providerRevocation: 'confirmed',
    });
    const { exitCode, stdout } = await type(['show', ann.userId]);
    expect(stdout).toEqual([
      'user           108000000000000000001',
      'external id    crm/42',
      'state          active',
      'changed        2026-01-01T00:00:00Z',
      'revoked        2025-01-01T00:00:00Z, confirmed by Google',
      'grant default  live, since 2023-11-14T22:13:20Z: openid',
      'grant web      dead (revokedAtGoogle), since 2020-09-13T12:26:40Z: a b',
    ]);
    expect(exitCode).toBe(0);
  });

  it('shows the user whom callers know by a name', async () => {
    fixture.tokenVault.onGetUser = async () => ann;
    const { exitCode, stdout } = await type(['show', '--external', 'crm/42']);
    expect(stdout[0]).toBe('user           108000000000000000001');
    expect(fixture.tokenVault.requests.at(-1)).toEqual({ externalUserId: 'crm/42' });
    expect(exitCode).toBe(0);
    for (const args of [[], [ann.userId, '--external', 'crm/42']]) {
      expect(await type(['show', ...args])).toMatchObject({
        exitCode: 2,
        stderr: [expect.stringContaining('Name the user, or --external NAME, and not both.')],
      });
    }
  });

  it('revokes one, and repeats what passes', async () => {
    const { onRevokeUser } = fixture.tokenVault;
    let calls = 0;
    fixture.tokenVault.onRevokeUser = async () => {
      calls += 1;
      if (calls === 1) throw new Failure('STORE_UNAVAILABLE', { retryAfterMs: 1 });
      return onRevokeUser();
    };
    const time = '2026-01-01T00:00:00Z';
    const args = ['revoke', ann.userId, '--reason', 'closed', '--granted-before', time];
    const { exitCode, stdout } = await type(args);
    expect(stdout).toEqual(['No tokens from 2026-01-02T00:00:00.000Z on; confirmed by Google.']);
    expect(fixture.tokenVault.requests.at(-1)).toEqual({
      userId: ann.userId,
      reason: 'closed',
      grantedBefore: Date.parse(time),
    });
    expect(exitCode).toBe(0);
  });
});

describe('tokenvault users import', () => {
  const line = (number: number, fields: object = {}) =>
    JSON.stringify({
      user_id: `10800000000000000000${number}`,
      oauth_client: 'default',
      refresh_token: `1//planted-${number}`,
      scopes: ['openid'],
      ...fields,
    });
  const importing = (lines: readonly string[], args: readonly string[] = [], more: More = {}) =>
    type(['import', 'grants.ndjson', ...args], {
      ...more,
      files: { 'grants.ndjson': lines.join('\n') },
    });
  const asked = () => fixture.tokenVault.requests as readonly ImportGrantRequest[];
  const answering = (answer: (number: number) => ImportedGrant | Failure) => {
    fixture.tokenVault.onImportGrant = async ({ userId }) => {
      const answered = answer(Number(userId.at(-1)));
      if (answered instanceof Failure) throw answered;
      return answered;
    };
  };

  it('sends each line, and says how many there were', async () => {
    answering((number) => ({ ...IMPORTED, alreadyImported: number === 2 }));
    const { exitCode, stdout, stderr } = await importing([line(1), line(2)], ['--verify']);
    expect(stdout).toEqual(['1 imported, 1 imported before, 0 failed']);
    expect(stderr).toEqual([]);
    expect(exitCode).toBe(0);
    expect(asked().map(({ verify, refreshToken }) => [verify, refreshToken.reveal()])).toEqual([
      [true, '1//planted-1'],
      [true, '1//planted-2'],
    ]);
  });

  it('reports each line that failed and why, without a token, and goes on', async () => {
    const cause = { cause: 'revokedAtGoogle' };
    answering((number) =>
      number === 2 ? new Failure('USER_RECONSENT_REQUIRED', { metadata: cause }) : IMPORTED,
    );
    const broken = [
      '1//planted-token',
      line(4, { user_id: '1//planted-id' }),
      line(5, { '1//planted': 1 }),
    ];
    const lines = [line(1), line(2), ...broken, line(6, { refresh_token: 'planted token' })];
    const { exitCode, stdout, stderr } = await importing(lines, ['--at-a-time', '1']);
    expect(stdout).toEqual([
      expect.stringMatching(
        /^line 2, user 108000000000000000002: USER_RECONSENT_REQUIRED: .*\(cause revokedAtGoogle; request id \w+\)$/,
      ),
      'line 3 was not sent: it is not a JSON object',
      'line 4 was not sent: `user_id` must be Google’s id of the user',
      'line 5 was not sent: it has a key beside user_id, oauth_client, refresh_token, scopes, external_user_id, consent_time',
      expect.stringMatching(/^line 6, user 108000000000000000006: FIELD_INVALID: .*refresh_token:/),
      '1 imported, 0 imported before, 5 failed',
      expect.anything(),
      expect.anything(),
      expect.anything(),
      expect.anything(),
      expect.anything(),
    ]);
    expect(stderr).toEqual([expect.stringContaining('5 lines were not imported')]);
    expect(exitCode).toBe(1);
    expect([...stdout, ...stderr].join('\n')).not.toContain('planted');
  });

  it('repeats what passes, no sooner than it is told', async () => {
    let calls = 0;
    answering(() => {
      calls += 1;
      return calls === 1 ? new Failure('CALLER_RATE_LIMITED', { retryAfterMs: 600 }) : IMPORTED;
    });
    const began = performance.now();
    const { exitCode, stdout } = await importing([line(1)]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(590);
    expect(stdout).toEqual(['1 imported, 0 imported before, 0 failed']);
    expect(exitCode).toBe(0);
  });

  it('stops where the policy allows none of it, and says where to go on', async () => {
    answering(() => new Failure('CALLER_NOT_ALLOWED', { metadata: { deniedBy: 'rpc' } }));
    const { exitCode, stderr } = await importing([line(1), line(2)], ['--at-a-time', '1']);
    expect(asked()).toHaveLength(1);
    expect(stderr).toEqual([expect.stringContaining('`--from-line 1`')]);
    expect(exitCode).toBe(1);
  });

  it('goes on where only this line’s client is not allowed', async () => {
    const metadata = { deniedBy: 'oauthClient' };
    answering((number) =>
      number === 1 ? new Failure('CALLER_NOT_ALLOWED', { metadata }) : IMPORTED,
    );
    const { stdout } = await importing([line(1), line(2)], ['--at-a-time', '1']);
    expect(stdout).toContain('1 imported, 0 imported before, 1 failed');
  });

  it('ends what is under way when it is interrupted, and goes on from there', async () => {
    const signals = new EventEmitter();
    answering((number) => {
      if (number === 2) signals.emit('SIGINT');
      return IMPORTED;
    });
    const lines = [line(1), line(2), line(3)];
    const { exitCode, stdout, stderr } = await importing(lines, ['--at-a-time', '1'], { signals });
    expect(stdout).toEqual(['2 imported, 0 imported before, 0 failed']);
    expect(stderr).toEqual([expect.stringContaining('`--from-line 3`')]);
    expect(exitCode).toBe(1);

    const rest = await importing(lines, ['--from-line', '3']);
    expect(rest).toMatchObject({
      stdout: ['1 imported, 0 imported before, 0 failed'],
      exitCode: 0,
    });
    expect(asked().map(({ userId }) => userId.at(-1))).toEqual(['1', '2', '3']);
  });

  it('is done when it is interrupted with its last line', async () => {
    const signals = new EventEmitter();
    answering(() => {
      signals.emit('SIGINT');
      return IMPORTED;
    });
    const { exitCode, stdout, stderr } = await importing([line(1)], [], { signals });
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: ['1 imported, 0 imported before, 0 failed'],
      stderr: [],
    });
  });

  it('stops where the file breaks off, and says how far it came', async () => {
    answering(() => IMPORTED);
    const breaksOff = 'grants.ndjson';
    const { exitCode, stdout, stderr } = await importing([line(1), line(2), ''], [], { breaksOff });
    expect(stdout).toEqual([
      'after line 2 the file cannot be read; the import stops',
      '2 imported, 0 imported before, 0 failed',
    ]);
    expect(stderr).toEqual([expect.stringContaining('`--from-line 3`')]);
    expect(exitCode).toBe(1);
  });

  it('says that the file ends before the line to begin with', async () => {
    const { exitCode, stderr } = await importing([line(1), line(2)], ['--from-line', '3']);
    expect(stderr).toEqual([expect.stringContaining('no line 3: its last is line 2')]);
    expect(exitCode).toBe(2);
    expect(asked()).toEqual([]);
  });

  it('has so many lines under way at a time and no more', async () => {
    let running = 0;
    let most = 0;
    fixture.tokenVault.onImportGrant = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return IMPORTED;
    };
    const lines = Array.from({ length: 200 }, () => line(1));
    await importing(lines, ['--at-a-time', '4']);
    expect(asked()).toHaveLength(200);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('says at once that nothing listens, or that the file is not there', async () => {
    const wrong = { ...env, TOKENVAULT_ADDRESS: 'localhost:1' };
    const files = { ...certificates, f: line(1) };
    const away = await typeCommand(['users', 'import', 'f'], { env: wrong, files });
    expect(away).toMatchObject({ exitCode: 1 });
    expect(await type(['import', 'absent'])).toMatchObject({
      exitCode: 2,
      stderr: ['Cannot read the grants at absent: check the path.'],
    });
  });
});
