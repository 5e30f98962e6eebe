import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectOperator, type OperatorConnection } from '../../src/client/connect-operator.ts';
import { GrantState, UserState } from '../../src/client/messages.ts';
import type { DevCaller } from '../../src/dev/certificate-files.ts';
import {
  ImportGrantRequest,
  ListUsersRequest,
  type ListUsersResponse,
  UserFilter,
} from '../../src/gen/tokenvault/admin/v1/token_vault_admin.ts';
import { servicePolicy } from '../../src/vault/admin/policies.ts';
import { writePolicies } from '../../src/vault/admin/write-policies.ts';
import { decodePathKey, PATH_KEY_PATH } from '../../src/vault/mount-records.ts';
import { DRIVE, endOf, failureOf, type NameTerms } from '../support/app-calls.ts';
import { type Alias, type AppWorld, dial, startWorld } from '../support/app-world.ts';
import { typeCommand } from '../support/cli-terminal.ts';
import { startProduct } from '../support/product-process.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import { tokenWith } from '../support/service-token.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeoutMs: 20_000 };
const SCOPES = ['openid', DRIVE];

let world: AppWorld;
let app: RunningApp;
let operator: OperatorConnection;
let directory: string;
const tokens: string[] = [];

beforeAll(async () => {
  world = await startWorld();
  app = await startRunningApp(world);
  operator = operatorOf(app);
  directory = await mkdtemp(join(tmpdir(), 'tokenvault-users-'));
});
afterAll(async () => {
  operator?.close();
  await app?.stop();
  await world?.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  world.googleTap.before = () => 'pass';
});

function operatorOf({ port }: RunningApp, caller: DevCaller = 'operator'): OperatorConnection {
  return connectOperator(dial(world.certificates, caller, port));
}

/** A refresh token that Google gave to somebody else than TokenVault. */
async function tokenFromElsewhere(sub: string, alias: Alias = 'default'): Promise<string> {
  const { clientId, secret } = world.clients[alias];
  const code = await world.google.mintCode({ clientId, sub, scopes: SCOPES, source: 'mobile' });
  const form = { grant_type: 'authorization_code', code, redirect_uri: '' };
  const client = { client_id: clientId, client_secret: secret };
  const body = new URLSearchParams({ ...form, ...client });
  const reply = await fetch(`${world.google.url}/token`, { method: 'POST', body });
  const { refresh_token } = Object(await reply.json());
  tokens.push(String(refresh_token));
  return String(refresh_token);
}

const importGrant = (fields: Partial<ImportGrantRequest>, connection = operator) =>
  connection.importGrant(
    ImportGrantRequest.fromPartial({ scopes: [DRIVE], refreshToken: '1//made-up', ...fields }),
    TIMEOUT,
  );

async function pages(state?: UserFilter): Promise<readonly ListUsersResponse[]> {
  const found: ListUsersResponse[] = [];
  let pageToken = '';
  do {
    const request = ListUsersRequest.fromPartial({ pageToken, ...(state && { state }) });
    const page = await operator.listUsers(request, TIMEOUT);
    found.push(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}

/** As an operator at their machine. */
function type(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const { clients, caFile } = world.certificates;
  const read = (path: string) => readFileSync(path, 'utf8');
  const { certFile, keyFile } = clients.operator;
  return typeCommand(['users', ...args], {
    env: variables(),
    files: {
      [caFile]: read(caFile),
      [certFile]: read(certFile),
      [keyFile]: read(keyFile),
      ...files,
    },
  });
}

function variables() {
  const { clients, caFile } = world.certificates;
  return {
    TOKENVAULT_ADDRESS: `localhost:${app.port}`,
    TOKENVAULT_CA_FILE: caFile,
    TOKENVAULT_CERT_FILE: clients.operator.certFile,
    TOKENVAULT_KEY_FILE: clients.operator.keyFile,
  };
}

describe('an import', () => {
  it('that is proved stores what Google says, and gives tokens', async () => {
    const refreshToken = await tokenFromElsewhere('9001');
    const { scopes } = await importGrant({
      userId: '9001',
      refreshToken,
      verify: true,
      scopes: ['https://wrong.example/scope'],
      externalUserId: 'crm-9001',
    });
    expect(scopes).toEqual(SCOPES.toSorted());
    expect(await app.calls.getUser('9001')).toMatchObject({ externalUserId: 'crm-9001' });
    expect((await app.calls.getToken('9001')).scopes).toEqual([DRIVE]);
  });

  it('that is not proved is believed, until the token is used', async () => {
    await importGrant({ userId: '9002' });
    const failure = await failureOf(app.calls.getToken('9002'));
    expect(failure.reason).toBe('USER_RECONSENT_REQUIRED');
  });

  it('of a token that does not work stores nothing where it is proved', async () => {
    const failure = await failureOf(importGrant({ userId: '9003', verify: true }));
    expect(failure).toMatchObject({
      reason: 'USER_RECONSENT_REQUIRED',
      metadata: { cause: 'revokedAtGoogle' },
    });
    expect(await endOf(app.calls.getUser('9003'))).toBe('USER_NOT_CONNECTED');
  });

  it('of another client’s token says so', async () => {
    const refreshToken = await tokenFromElsewhere('9004', 'second');
    const failure = await failureOf(importGrant({ userId: '9004', refreshToken, verify: true }));
    expect(failure).toMatchObject({ metadata: { cause: 'clientReplaced' } });
  });

  it('never goes over a record: of a user who is connected, revoked or deleted', async () => {
    await app.calls.signIn('9005');
    expect(await endOf(importGrant({ userId: '9005' }))).toBe('USER_ALREADY_CONNECTED');
    await app.calls.revoke('9005');
    expect(await endOf(importGrant({ userId: '9005' }))).toBe('USER_REVOKED');
    await importGrant({ userId: '9006' });
    await world.root.delete(`${world.mounts.mount}/data/${await pathOf('9006')}`);
    expect(await endOf(importGrant({ userId: '9006' }))).toBe('USER_REVOKED');
  });

  it('is for operators alone', async () => {
    const worker = operatorOf(app, 'drive-worker');
    for (const call of [
      importGrant({ userId: '9007' }, worker),
      worker.listUsers(ListUsersRequest.fromPartial({}), TIMEOUT),
    ]) {
      expect(await failureOf(call)).toMatchObject({
        reason: 'CALLER_NOT_ALLOWED',
        metadata: { deniedBy: 'rpc' },
      });
    }
    worker.close();
  });
});

/** Where a user's record is in Vault. */
async function pathOf(userId: string): Promise<string> {
  const { body } = await world.root.read(`${world.mounts.mount}/data/${PATH_KEY_PATH}`);
  const key = decodePathKey(Object(body).data.data);
  return `users/${key?.fanned('user', userId, 3)}`;
}

describe('tokenvault users', () => {
  const imported = Array.from({ length: 12 }, (_, index) => `80${index + 10}`);

  it('import goes on after a kill in the middle, and takes nothing twice', async () => {
    const ids = imported;
    const lines: string[] = [];
    for (const user_id of ids) {
      const refresh_token = await tokenFromElsewhere(user_id);
      lines.push(JSON.stringify({ user_id, refresh_token, scopes: SCOPES }));
    }
    const file = join(directory, 'grants.ndjson');
    await writeFile(file, lines.join('\n'));
    // Google answers four proofs; the fifth one waits until the process is no more.
    const killed = Promise.withResolvers<void>();
    let proofs = 0;
    world.googleTap.before = async () => {
      proofs += 1;
      if (proofs > 4) await killed.promise;
      return 'pass' as const;
    };
    const args = ['users', 'import', file, '--verify', '--at-a-time', '2'];
    const first = startProduct(args, { env: variables() });
    await until('the fifth proof', () => proofs > 4);
    await first.kill();
    killed.resolve();
    await until('what was under way', async () => (await importedOf(ids)) >= 5);

    const { exitCode, stdout } = await type(['import', file, '--verify'], {
      [file]: lines.join('\n'),
    });
    expect(exitCode).toBe(0);
    const [, now, before] =
      /^(\d+) imported, (\d+) imported before, 0 failed$/.exec(stdout.join()) ?? [];
    expect(Number(now) + Number(before)).toBe(ids.length);
    expect(Number(before)).toBeGreaterThanOrEqual(4);
    // A look-up may fail for a moment; nobody is missing for good.
    await until('all users', async () => (await importedOf(ids)) === ids.length);
    expect(proofs).toBeLessThanOrEqual(ids.length + 2);
    expect(first.printed.join('\n')).not.toMatch(/1\/\//);
  });

  it('show and revoke know a user, and a list comes through all parts, over empty pages', async () => {
    await type(['revoke', '8010', '--reason', 'a test']);
    expect((await type(['show', '8010'])).stdout.join('\n')).toContain('revoked');

    const all = await pages();
    expect(all.at(-1)).toMatchObject({ partsDone: 4_096, partsTotal: 4_096 });
    const users = new Map(all.flatMap((page) => page.users).map((user) => [user.userId, user]));
    expect([...users.keys()].toSorted()).toEqual(['9001', '9002', '9005', ...imported].toSorted());
    expect(users.get('8010')?.state).toBe(UserState.USER_STATE_REVOKED);
    expect(users.get('9002')?.grants).toMatchObject([{ state: GrantState.GRANT_STATE_DEAD }]);

    const revoked = await pages(UserFilter.USER_FILTER_REVOKED);
    expect(revoked.flatMap((page) => page.users.map(({ userId }) => userId))).toContain('8010');
    // Of a handful of users not one is in most of the parts.
    expect(revoked.filter((page) => page.users.length === 0).length).toBeGreaterThan(1);
  });

  it('leaves a line in the audit for each call, and a token nowhere', async () => {
    const audit = await readFile(join(world.configFile, '../audit.log'), 'utf8');
    expect(audit).toMatch(/"method":"ImportGrant".*"code":"OK","user":"[\w-]{28}","oauthClient"/);
    expect(audit).toMatch(/"method":"ImportGrant".*"reason":"USER_ALREADY_CONNECTED"/);
    expect(audit).toMatch(/"method":"ListUsers"/);
    const all = [audit, ...app.logged].join('\n');
    expect(tokens.filter((token) => all.includes(token))).toEqual([]);
  });
});

async function importedOf(ids: readonly string[]): Promise<number> {
  const ends = await Promise.all(ids.map((id) => endOf(app.calls.getUser(id))));
  return ends.filter((end) => end === 'OK').length;
}

describe('a user whom a back end knows as 42', () => {
  const consent = async (sub: string, more: NameTerms = {}) =>
    // Google gives a refresh token once, and again with the consent prompt alone.
    app.calls.exchange(await app.calls.mintCode(sub, { prompt: 'consent' }), {
      externalUserId: '42',
      ...more,
    });

  it('is found by that name, from the consent to the revocation', async () => {
    expect(await endOf(app.calls.lookUp('42'))).toBe('USER_NOT_CONNECTED');
    await consent('9101');
    expect(await app.calls.lookUp('42')).toMatchObject({ userId: '9101', externalUserId: '42' });

    const refused = await failureOf(consent('9102'));
    expect(refused).toMatchObject({
      reason: 'USER_MISMATCH',
      metadata: { mismatch: 'externalUser' },
    });
    expect(await endOf(app.calls.getUser('9102'))).toBe('USER_NOT_CONNECTED');
    expect((await app.calls.lookUp('42')).userId).toBe('9101');

    await consent('9102', { rebindExternalUser: true });
    const { userId } = await app.calls.lookUp('42');
    expect(userId).toBe('9102');
    expect((await app.calls.getToken(userId)).scopes).toEqual([DRIVE]);

    await app.calls.revoke(userId);
    expect(await app.calls.lookUp('42')).toMatchObject({
      userId,
      state: UserState.USER_STATE_REVOKED,
    });
    await consent('9101');
    expect((await app.calls.lookUp('42')).userId).toBe('9101');
    const audit = await readFile(join(world.configFile, '../audit.log'), 'utf8');
    expect(audit).toMatch(/"method":"ExchangeCode".*"reason":"USER_MISMATCH"/);
    expect(audit).toMatch(/"method":"GetUser".*"code":"OK","user":"[\w-]{28}"/);
    const { exitCode, stdout } = await type(['show', '--external', '42']);
    expect(stdout[0]).toMatch(/^user +9101$/);
    expect(exitCode).toBe(0);
  });
});

describe('a service whose policy is from before there were lists and names', () => {
  it('starts and does everything else, and says which capability it lacks', async () => {
    const { name, rules } = servicePolicy(world.mounts);
    const before = {
      name: `${name}-before`,
      rules: rules.filter(({ path }) => !/metadata\/users|data\/links/.test(path)),
    };
    const file = join(directory, 'old-token');
    await writeFile(file, (await tokenWith(world.root, before)).reveal());
    const old = await startRunningApp(world, { set: { 'vault.auth.token_file': file } });
    const connection = operatorOf(old);

    await old.calls.signIn('9010');
    const failure = await failureOf(
      connection.listUsers(ListUsersRequest.fromPartial({}), TIMEOUT),
    );
    expect(failure.reason).toBe('STORE_ACCESS_LOST');
    expect(old.logged.filter((line) => line.includes('store_access_lost'))).toEqual([]);
    const warning = old.logged.find((line) => line.includes('vault_right_missing'));
    expect(warning).toContain(`the policy lacks list on ${world.mounts.mount}/metadata/users/*`);
    expect((await old.calls.getToken('9010')).scopes).toEqual([DRIVE]);

    const code = await old.calls.mintCode('9011');
    const named = old.calls.exchange(code, { externalUserId: '9011' });
    expect(await endOf(named)).toBe('STORE_ACCESS_LOST');
    const rights = `the policy lacks read on ${world.mounts.mount}/data/links/*`;
    expect(old.logged.join('\n')).toContain(rights);
    // It was not sent: it is as good as before, for another TokenVault or once there are the rights.
    await writePolicies(world.root, [{ ...before, rules }]);
    expect(await endOf(old.calls.exchange(code, { externalUserId: '9011' }))).toBe('OK');

    connection.close();
    await old.stop();
  });
});
