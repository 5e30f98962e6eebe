import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { UserState } from '../../src/client/messages.ts';
import { endOf, failureOf } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type OwnOpenBao, startOwnOpenBao } from '../support/own-openbao.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

const CODE = { grant_type: 'authorization_code' };
const SOON = { timeout: 20_000, interval: 100 };
const SET = { 'vault.request_timeout': '500ms' };

interface Outage {
  readonly how: string;
  begin(openBao: OwnOpenBao): unknown;
  end(openBao: OwnOpenBao): unknown;
}

const OUTAGES: readonly Outage[] = [
  { how: 'sealed', begin: (openBao) => openBao.seal(), end: (openBao) => openBao.unseal() },
  { how: 'killed', begin: (openBao) => openBao.kill(), end: (openBao) => openBao.restart() },
  { how: 'hanging', begin: (openBao) => openBao.freeze(), end: (openBao) => openBao.thaw() },
];

describe('Vault is away', () => {
  let openBao: OwnOpenBao;
  /** The same Vault, with the two ways to treat a log that cannot be read. */
  let available: { world: AppWorld; app: RunningApp };
  let strict: { world: AppWorld; app: RunningApp };

  beforeAll(async () => {
    openBao = await startOwnOpenBao();
    const start = async (mode: 'available' | 'strict') => {
      const settings = { mode, boundMs: 2_000 };
      const world = await startWorld({ server: openBao, settings, set: SET });
      return { world, app: await startRunningApp(world) };
    };
    [available, strict] = await Promise.all([start('available'), start('strict')]);
  });
  afterAll(async () => {
    for (const pair of [available, strict]) {
      await pair?.app.stop();
      await pair?.world.close();
    }
    await openBao?.stop();
  });
  afterEach(() => available.world.google.requests.clear());

  it.each(OUTAGES)(
    '$how: cached tokens go on, no code is spent, and all goes on afterwards',
    async ({ how, begin, end }) => {
      const { calls } = available.app;
      const { requests } = available.world.google;
      await Promise.all([calls.signIn(`${how}-cached`), calls.signIn(`${how}-cold`)]);
      await strict.app.calls.signIn(`${how}-cached`);
      const { accessToken } = await calls.getToken(`${how}-cached`);
      expect(await endOf(strict.app.calls.getToken(`${how}-cached`))).toBe('OK');
      const code = await calls.mintCode(`${how}-new`);
      requests.clear();

      await begin(openBao);
      try {
        const cold = calls.getToken(`${how}-cold`, { scopes: ['openid'] });
        const [exchange, get, revoke] = await Promise.all(
          [calls.exchange(code), cold, calls.revoke(`${how}-cold`)].map(failureOf),
        );
        for (const refused of [exchange, get, revoke]) {
          expect(refused).toMatchObject({ code: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE' });
          expect(refused?.retryAfterMs).toBeGreaterThan(0);
        }
        // Until the view of the log is older than the bound, both modes serve; then one goes on.
        await vi.waitUntil(
          async () =>
            (await endOf(strict.app.calls.getToken(`${how}-cached`))) === 'STORE_UNAVAILABLE',
          SOON,
        );
        expect((await calls.getToken(`${how}-cached`)).accessToken).toBe(accessToken);
        expect(requests.list('/token')).toEqual([]);
      } finally {
        await end(openBao);
      }

      await vi.waitUntil(async () => (await endOf(calls.exchange(code))) === 'OK', SOON);
      expect(requests.count('/token', CODE)).toBe(1);
      await vi.waitUntil(
        async () => (await endOf(strict.app.calls.getToken(`${how}-cached`))) === 'OK',
        SOON,
      );
      for (const name of ['cached', 'new']) {
        expect(await endOf(calls.getToken(`${how}-${name}`))).toBe('OK');
        const { state } = await calls.getUser(`${how}-${name}`);
        expect(state).toBe(UserState.USER_STATE_ACTIVE);
      }
    },
    40_000,
  );

  it('goes away while Google answers a code: the caller is told to repeat, and nothing is lost', async () => {
    const { calls } = available.app;
    const { google, googleTap } = available.world;
    const code = await calls.mintCode('held');
    googleTap.after = async ({ path }) => {
      if (path === '/token') await openBao.freeze();
      return 'pass' as const;
    };
    try {
      const waiting = await failureOf(calls.exchange(code, { timeoutMs: 3_000 }));
      expect(waiting).toMatchObject({ code: 'ABORTED', reason: 'EXCHANGE_IN_PROGRESS' });
      expect(waiting.retryAfterMs).toBeGreaterThan(0);
    } finally {
      googleTap.after = () => 'pass';
      openBao.thaw();
    }
    await vi.waitUntil(async () => (await endOf(calls.exchange(code))) === 'OK', SOON);
    expect(google.requests.count('/token', CODE)).toBe(1);
    expect(await endOf(calls.getToken('held'))).toBe('OK');
  });
});
