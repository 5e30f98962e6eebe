import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GetUserRequest } from '../../src/client/messages.ts';
import { DRIVE, endOf } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { auditKeysOf, parsed, verified } from '../support/audit-fixture.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

const PHOTOS = 'https://www.googleapis.com/auth/drive.readonly';

let world: AppWorld;
let directory: string;

beforeAll(async () => {
  [world, directory] = await Promise.all([
    startWorld(),
    mkdtemp(join(tmpdir(), 'tokenvault-audit-')),
  ]);
});
afterAll(async () => {
  await world?.close();
  await rm(directory, { recursive: true, force: true });
});

/** How many calls came to which end, as `method code reason`. */
type Ends = Readonly<Record<string, number>>;

async function endsByMetrics({ metrics }: RunningApp): Promise<Ends> {
  const series = /^tokenvault_rpc_total\{method="(\w+)",code="(\w+)",reason="(\w*)"\} (\d+)$/gm;
  const found = [...(await metrics.text()).matchAll(series)];
  return Object.fromEntries(
    found.map(([, method, code, reason, count]) => [`${method} ${code} ${reason}`, Number(count)]),
  );
}

function endsByAudit(text: string): Ends {
  const ends: Record<string, number> = {};
  for (const { event, method, code, reason = '' } of parsed(text.trim().split('\n'))) {
    if (event !== 'decision') continue;
    const end = `${method} ${code} ${reason}`;
    ends[end] = (ends[end] ?? 0) + 1;
  }
  return ends;
}

/** A life of two users, with all that goes wrong in one. @returns what must not be in the audit */
async function live(app: RunningApp): Promise<readonly string[]> {
  const { calls } = app;
  const gateway = app.connectAs('gateway');
  const code = await calls.mintCode('108-alice');
  await calls.exchange(code);
  await calls.signIn('108-bob');
  const token = await calls.getToken('108-alice');
  await Promise.all([1, 2, 3, 4].map(() => calls.getToken('108-alice')));
  const ends = [
    await endOf(calls.getToken('108-alice', { scopes: [PHOTOS] })),
    await endOf(calls.getToken('nobody')),
    await endOf(calls.getToken('108-bob', { alias: 'second' })),
    await endOf(calls.exchange('4/made-up')),
    await endOf(calls.exchange(code)),
    await endOf(calls.getToken('')),
    await endOf(
      gateway.getUser(GetUserRequest.fromPartial({ userId: '108-alice' }), { timeoutMs: 5_000 }),
    ),
    await endOf(calls.getUser('108-alice')),
    await endOf(calls.revoke('108-alice')),
    await endOf(calls.getToken('108-alice')),
  ];
  gateway.close();
  expect(ends).toEqual([
    'SCOPE_NOT_GRANTED',
    'USER_NOT_CONNECTED',
    'USER_NOT_CONNECTED',
    'CODE_REJECTED',
    'OK',
    'FIELD_INVALID',
    'CALLER_NOT_ALLOWED',
    'OK',
    'OK',
    'USER_REVOKED',
  ]);
  return [code, token.accessToken, '108-alice', '108-bob', '4/made-up', 'nobody'];
}

describe('the audit of a service', () => {
  it('has as many lines as calls came to each end, whole, and without a secret', async () => {
    const file = join(directory, 'whole.log');
    const app = await startRunningApp(world, { set: { 'audit.file': file } });
    const secrets = await live(app);
    const counted = await endsByMetrics(app);
    await app.stop();

    const text = await readFile(file, 'utf8');
    expect(endsByAudit(text)).toEqual(counted);
    const { findings } = await verified({ [file]: text }, ...(await auditKeysOf(world)));
    expect(findings).toEqual([]);
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(app.logged.join('')).toContain('"event":"audit_opened"');
  });

  it('says of each token who got it, of whom, and by which consent', async () => {
    const file = join(directory, 'tokens.log');
    const set = { 'audit.file': file, 'audit.users': 'clear' };
    const app = await startRunningApp(world, { set });
    await app.calls.signIn('carol');
    await app.calls.getToken('carol');
    await app.calls.signIn('carol');
    await app.calls.getToken('carol');
    await app.stop();

    const lines = parsed((await readFile(file, 'utf8')).trim().split('\n'));
    const given = lines.filter(({ method }) => method === 'GetAccessToken');
    const about = { user: 'carol', oauthClient: 'default', scopes: [DRIVE], code: 'OK' };
    const caller = expect.stringContaining('spiffe://');
    expect(given).toMatchObject([
      { ...about, caller, proof: 'spiffe', token: expect.any(String) },
      { ...about, caller, proof: 'spiffe', token: expect.any(String) },
    ]);
    const consents = lines.filter(({ method }) => method === 'ExchangeCode');
    expect(consents).toMatchObject([{ generation: 1 }, { generation: 2 }]);
  });
});

describe('a service that must write its audit and cannot', () => {
  const set = { 'audit.file': '/dev/full', 'audit.required': 'true' };

  it('begins nothing and spends no code, revokes all the same, and raises one alert', async () => {
    const app = await startRunningApp(world, { set });
    const code = await app.calls.mintCode('dave');
    expect(await endOf(app.calls.exchange(code))).toBe('NOT_READY');
    expect(await endOf(app.calls.getToken('dave'))).toBe('NOT_READY');
    expect(await endOf(app.calls.getUser('dave'))).toBe('NOT_READY');
    expect(await endOf(app.calls.revoke('somebody-else'))).toBe('OK');
    const alerts = app.logged.filter((line) => line.includes('"event":"audit_not_written"'));
    expect(alerts).toHaveLength(1);
    await app.stop();

    const healthy = await startRunningApp(world);
    expect(await endOf(healthy.calls.exchange(code))).toBe('OK');
    await healthy.stop();
  });
});
