import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { endOf, failureOf } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { holdGoogle } from '../support/hold-google.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

const USERS = Array.from({ length: 12 }, (_, index) => `hung-${index}`);
/** Fewer than users, so that some of them wait in line. */
const PLACES = 4;
const SOON = { timeout: 10_000, interval: 100 };
const SET = {
  'limits.refreshes': `${PLACES}`,
  'google.request_timeout': '300ms',
  'cache.google_failures': '0ms',
};

describe('Google hangs (I16, I17)', () => {
  let world: AppWorld;
  let app: RunningApp;

  beforeAll(async () => {
    world = await startWorld();
    app = await startRunningApp(world, { set: SET });
    for (const user of USERS) await app.calls.signIn(user);
  });
  afterAll(async () => {
    await app?.stop();
    await world?.close();
  });
  afterEach(() => {
    world.googleTap.before = () => 'pass';
  });

  function askForAll(calls = app.calls): Promise<readonly TokenVaultError[]> {
    return Promise.all(USERS.map((user) => failureOf(calls.getToken(user))));
  }

  function sockets(): number {
    return process.getActiveResourcesInfo().filter((name) => name.includes('Socket')).length;
  }

  it('ends every call with a reason and a wait, leaves nothing open, and serves all when it is back', async () => {
    const held = holdGoogle(world);
    const open = sockets();
    for (let round = 0; round < 3; round += 1) {
      for (const { code, reason, retryAfterMs } of await askForAll()) {
        expect(code).toBe('UNAVAILABLE');
        expect(['PROVIDER_UNAVAILABLE', 'NOT_READY']).toContain(reason);
        expect(retryAfterMs).toBeGreaterThan(0);
      }
    }
    held.release();

    const served = async (user: string) => (await endOf(app.calls.getToken(user))) === 'OK';
    await Promise.all(USERS.map((user) => vi.waitUntil(() => served(user), SOON)));
    // Both ends of each connection to Google are in this process.
    await vi.waitUntil(() => sockets() <= open + 2 * PLACES, SOON);
  });

  it('is waited for in line by no more than may, and the others are told when to come back', async () => {
    const narrow = await startRunningApp(world, {
      set: { ...SET, 'limits.refreshes': '1', 'limits.refreshes_waiting': '3' },
    });
    const held = holdGoogle(world);
    const failures = await askForAll(narrow.calls);
    held.release();
    const refused = failures.filter(({ reason }) => reason === 'NOT_READY');
    expect(refused.length).toBeGreaterThanOrEqual(USERS.length - 4);
    expect(new Set(refused.map(({ retryAfterMs }) => retryAfterMs)).size).toBe(refused.length);
    const served = async () => (await endOf(narrow.calls.getToken('hung-0'))) === 'OK';
    await vi.waitUntil(served, SOON);
    await narrow.stop();
  });

  describe('or trickles', () => {
    let trickle: Server;
    let trickled: RunningApp;

    beforeAll(async () => {
      trickle = createServer((_, reply) => {
        const timer = setInterval(() => reply.write(' '), 50);
        reply.once('close', () => clearInterval(timer));
      });
      await once(trickle.listen(0, '127.0.0.1'), 'listening');
      // A server that listens on TCP has an address of this type.
      const { port } = trickle.address() as AddressInfo;
      const set = { ...SET, 'google.token_url': `http://127.0.0.1:${port}/token` };
      trickled = await startRunningApp(world, { set });
    });
    afterAll(async () => {
      await trickled?.stop();
      trickle?.closeAllConnections();
      trickle?.close();
    });

    it('is given up like one that says nothing', async () => {
      for (const { reason } of await askForAll(trickled.calls)) {
        expect(reason).toBe('PROVIDER_UNAVAILABLE');
      }
      const open = await new Promise((resolve) =>
        trickle.getConnections((_, connections) => resolve(connections)),
      );
      expect(open).toBeLessThanOrEqual(PLACES);
    });
  });
});
