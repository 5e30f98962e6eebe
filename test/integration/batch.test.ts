import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessTokens } from '../../src/client/access-tokens.ts';
import type { TokenVaultConnection } from '../../src/client/connect.ts';
import {
  BatchGetAccessTokensRequest,
  type BatchGetAccessTokensResponse,
  GetUserRequest,
} from '../../src/client/messages.ts';
import { AUDIT_FILE } from '../../src/dev/dev-config.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { DRIVE, endOf } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { auditKeysOf, parsed, verified } from '../support/audit-fixture.ts';
import { holdGoogle } from '../support/hold-google.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

/** Of the stand-in's accounts, the one of a Workspace domain. */
const WORKSPACE = '108000000000000000002';
const DOMAIN = 'workspace.example';
/** Users of batches that each caller below may name in a second. */
const RATE = 200;

const POLICY = `
callers:
  - spiffe_id: spiffe://dev.tokenvault.example/operator
    rpcs: [ExchangeCode, GetAccessToken, BatchGetAccessTokens, RevokeUser, GetUser]
    oauth_clients: [default]
    max_scopes: [openid, email, profile, drive.appdata]
    users: all
  - spiffe_id: spiffe://dev.tokenvault.example/drive-worker
    rpcs: [BatchGetAccessTokens]
    oauth_clients: [default]
    max_scopes: [drive.appdata]
    users: { hosted_domains: [${DOMAIN}] }
    requests_per_second: ${RATE}
`;

let world: AppWorld;
let app: RunningApp;
let operator: TokenVaultConnection;
let worker: TokenVaultConnection;
let isStopped = false;

beforeAll(async () => {
  world = await startWorld();
  const policy = join(dirname(world.configFile), 'batch-policy.yaml');
  await writeFile(policy, POLICY);
  app = await startRunningApp(world, { set: { 'policy.file': policy } });
  operator = app.connectAs('operator');
  worker = app.connectAs('drive-worker');
});
afterAll(async () => {
  operator?.close();
  worker?.close();
  if (!isStopped) await app?.stop();
  await world?.close();
});

function ask(
  connection: TokenVaultConnection,
  userIds: readonly string[],
  options: {
    readonly scopes?: readonly string[];
    readonly timeoutMs?: number;
    readonly requestId?: string;
  } = {},
): Promise<BatchGetAccessTokensResponse> {
  const { scopes = [DRIVE], timeoutMs = 20_000, requestId } = options;
  const fields = { userIds: [...userIds], scopes: [...scopes] };
  return connection.batchGetAccessTokens(BatchGetAccessTokensRequest.fromPartial(fields), {
    timeoutMs,
    ...(requestId !== undefined && { requestId }),
  });
}

/** Of each user `OK`, or the reason. */
function reasons({ results }: BatchGetAccessTokensResponse): readonly string[] {
  return results.map(({ error }) => error?.reason ?? 'OK');
}

describe('a batch, over sockets', () => {
  it('gives the tokens that single calls give, and a reason where there is none', async () => {
    for (const user of ['one', 'two', WORKSPACE]) await app.calls.signIn(user);
    const single = await app.calls.getToken('one');
    const answer = await ask(operator, ['two', 'one', 'nobody', WORKSPACE, 'one']);
    expect(reasons(answer)).toEqual(['OK', 'OK', 'USER_NOT_CONNECTED', 'OK', 'OK']);
    expect(answer).toMatchObject({ tokenType: 'Bearer', scopes: [DRIVE] });
    const { accessToken, expireTime } = single;
    expect(answer.results[1]?.token).toEqual({ accessToken, expireTime });
    expect(answer.results[4]).toEqual(answer.results[1]);
    for (const { token } of answer.results) {
      if (token === undefined) continue;
      const info = await fetch(`${world.google.url}/tokeninfo?access_token=${token.accessToken}`);
      expect(await info.json()).toMatchObject({ scope: DRIVE });
    }
  });

  it('takes a hundred users, cold and cached alike', async () => {
    const users = Array.from({ length: 100 }, (_, index) => `nobody-${index}`);
    const answer = await ask(operator, [...users.slice(1), 'one']);
    expect(reasons(answer)).toEqual([...users.slice(1).map(() => 'USER_NOT_CONNECTED'), 'OK']);
    expect(await endOf(ask(operator, [...users, 'one']))).toBe('FIELD_INVALID');
  });

  it('keeps a caller to its RPC, client and scopes as a whole, and to its users one by one', async () => {
    const answer = await ask(worker, [WORKSPACE, 'one', 'nobody']);
    expect(reasons(answer)).toEqual(['OK', 'CALLER_NOT_ALLOWED', 'CALLER_NOT_ALLOWED']);
    expect(answer.results[1]?.error).toMatchObject({ code: 7, metadata: { deniedBy: 'user' } });
    expect(await endOf(ask(worker, [WORKSPACE], { scopes: ['openid'] }))).toBe(
      'CALLER_NOT_ALLOWED',
    );
    expect(
      await endOf(
        worker.getUser(GetUserRequest.fromPartial({ userId: WORKSPACE }), { timeoutMs: 5_000 }),
      ),
    ).toBe('CALLER_NOT_ALLOWED');
  });

  it('counts each user against the caller’s rate', async () => {
    const users = Array.from({ length: 100 }, () => WORKSPACE);
    for (let batch = 0; batch < 2; batch += 1) await ask(worker, users).catch(() => undefined);
    const refused = await ask(worker, users).then(
      () => ask(worker, users).catch((error: unknown) => error),
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ reason: 'CALLER_RATE_LIMITED' });
  });

  it('answers before its deadline with what it has, and gets the rest all the same', async () => {
    await app.calls.signIn('slow');
    const held = holdGoogle(world);
    const answer = await ask(operator, ['one', 'slow'], { timeoutMs: 1_000 });
    expect(reasons(answer)).toEqual(['OK', 'NOT_READY']);
    expect(answer.results[1]?.error?.retryDelay).toEqual({ seconds: 1, nanos: 0 });
    held.release();
    expect(reasons(await ask(operator, ['one', 'slow']))).toEqual(['OK', 'OK']);
  });

  it('hands out no token of a user who was revoked while it waited for another', async () => {
    for (const user of ['revoked', 'waits']) await app.calls.signIn(user);
    await app.calls.getToken('revoked');
    const held = holdGoogle(world);
    const asked = ask(operator, ['revoked', 'waits']);
    await held.arrived;
    await app.calls.revoke('revoked');
    held.release();
    expect(reasons(await asked)).toEqual(['USER_REVOKED', 'OK']);
  });
});

describe('the tokens of many users, from the library', () => {
  it('come one by one, in order, each with its token or its error', async () => {
    const users = Array.from({ length: 250 }, (_, index) => `nobody-${index}`);
    users[120] = 'one';
    const found = new Map<string, string>();
    const deps = { connection: operator, clock: systemClock };
    for await (const { userId, token, error } of accessTokens(deps, users, { scopes: [DRIVE] })) {
      found.set(userId, token?.accessToken ?? error?.reason ?? '');
    }
    expect([...found.keys()]).toEqual(users);
    expect(found.get('one')).toBe((await app.calls.getToken('one')).accessToken);
    found.delete('one');
    expect(new Set(found.values())).toEqual(new Set(['USER_NOT_CONNECTED']));
  });
});

describe('the audit of a batch', () => {
  it('has a line for each user, and the chain is whole', async () => {
    const answer = await ask(operator, ['one', 'nobody', 'two'], { requestId: 'the-batch' });
    expect(reasons(answer)).toEqual(['OK', 'USER_NOT_CONNECTED', 'OK']);
    await app.stop();
    isStopped = true;
    const text = await readFile(join(dirname(world.configFile), AUDIT_FILE), 'utf8');
    const keys = await auditKeysOf(world);
    const lines = parsed(text.trim().split('\n')).filter(
      ({ requestId }) => requestId === 'the-batch',
    );
    const of = (userId: string) => ({
      method: 'BatchGetAccessTokens',
      caller: 'spiffe://dev.tokenvault.example/operator',
      user: keys[0]?.userHash(userId),
      oauthClient: 'default',
      scopes: [DRIVE],
    });
    const token = expect.stringMatching(/^[\w-]{28}$/);
    expect(lines).toMatchObject([
      { ...of('one'), code: 'OK', generation: 1, token },
      { ...of('nobody'), code: 'NOT_FOUND', reason: 'USER_NOT_CONNECTED' },
      { ...of('two'), code: 'OK', generation: 1, token },
    ]);
    expect(lines[1]).not.toHaveProperty('token');
    expect(await verified({ audit: text }, ...keys)).toMatchObject({ findings: [] });
  });
});
