import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ProviderRevocation, UserState } from '../../src/client/messages.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { endOf } from '../support/app-calls.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { startRunningApp } from '../support/running-app.ts';

const CODE = { grant_type: 'authorization_code' };
const SHORTLY = { timeoutMs: 2_500 };
const SOON = { timeout: 15_000, interval: 50 };
/** Longer than any test: an answer that never comes. */
const NEVER_MS = 120_000;
/** After half a minute a code that nobody answered for is given up. */
const AHEAD_MS = 31_000;

describe('kill -9 of `tokenvault serve`', () => {
  let world: AppWorld;
  let running: AppProcess[] = [];

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());
  afterEach(async () => {
    await Promise.all(running.map((process) => process.kill()));
    const printed = running.flatMap((process) => process.printed).join('\n');
    expect(printed).not.toContain(world.serviceToken.reveal());
    expect(printed).not.toContain(world.clients.default.secret);
    running = [];
    world.google.faults.clear();
    world.google.requests.clear();
  });

  async function start(): Promise<AppProcess> {
    const process = await startAppProcess(world);
    running.push(process);
    return process;
  }

  it('while Google answers the code: it is never sent again, and no repeat is told that it went well', async () => {
    const before = await start();
    world.google.faults.add({ path: '/token', form: CODE, delayMs: 1_500 });
    const code = await before.calls.mintCode('unlucky');
    const cutOff = endOf(before.calls.exchange(code));
    await vi.waitUntil(() => world.google.requests.count('/token', CODE) === 1, SOON);
    await before.kill();
    expect(await cutOff).toBe('UNAVAILABLE');

    const after = await start();
    expect(await endOf(after.calls.exchange(code, SHORTLY))).toBe('EXCHANGE_IN_PROGRESS');
    expect(await endOf(after.calls.getToken('unlucky'))).toBe('USER_NOT_CONNECTED');
    const later = await startRunningApp(world, { clock: clockAhead(AHEAD_MS) });
    // By that clock the half minute has passed of every call's deadline too.
    const terms = { timeoutMs: AHEAD_MS + 10_000 };
    try {
      expect(await endOf(later.calls.exchange(code, terms))).toBe('EXCHANGE_OUTCOME_UNKNOWN');
      expect(world.google.requests.count('/token', CODE)).toBe(1);
      // The way out that the answer names: a new code, here with the consent screen.
      const newCode = await later.calls.mintCode('unlucky', { prompt: 'consent' });
      expect(await endOf(after.calls.exchange(newCode))).toBe('OK');
      expect(await endOf(later.calls.getToken('unlucky', terms))).toBe('OK');
    } finally {
      await later.stop();
    }
  });

  it('after the exchange was answered: the user is not lost, and a repeat gets the same answer', async () => {
    const before = await start();
    const code = await before.calls.mintCode('lucky');
    const answer = await before.calls.exchange(code);
    await before.kill();

    const after = await start();
    expect(await endOf(after.calls.getToken('lucky'))).toBe('OK');
    expect(await after.calls.exchange(code)).toEqual(answer);
    expect(world.google.requests.count('/token', CODE)).toBe(1);
  });

  it('while Google is asked to revoke: refused all along, and finished after the restart', async () => {
    const before = await start();
    await before.calls.signIn('leaver');
    expect(await endOf(before.calls.getToken('leaver'))).toBe('OK');
    world.google.faults.add({ path: '/revoke', delayMs: NEVER_MS });
    const cutOff = endOf(before.calls.revoke('leaver'));
    await vi.waitUntil(() => world.google.requests.count('/revoke') === 1, SOON);
    expect(await endOf(before.calls.getToken('leaver'))).toBe('USER_REVOKED');
    await before.kill();
    expect(await cutOff).toBe('UNAVAILABLE');

    const after = await start();
    const ends: string[] = [];
    await vi.waitUntil(async () => {
      ends.push(await endOf(after.calls.getToken('leaver')));
      return (await after.calls.getUser('leaver')).state === UserState.USER_STATE_REVOKED;
    }, SOON);
    expect(new Set(ends)).toEqual(new Set(['USER_REVOKED']));
    expect((await after.calls.getUser('leaver')).providerRevocation).toBe(
      ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED,
    );
    expect(world.google.requests.count('/revoke')).toBe(2);
    expect(await endOf(after.calls.getToken('leaver'))).toBe('USER_REVOKED');
    // Nothing is left that a later start would work on.
    const markers = `${world.mounts.mount}/metadata/revocations`;
    await vi.waitUntil(async () => (await world.root.list(markers)).status === 404, SOON);
  });

  it('two replicas on one Vault: one of them sends a code, and a revocation counts at both', async () => {
    const [here, there] = await Promise.all([start(), start()]);
    const code = await here.calls.mintCode('shared');
    const answers = await Promise.all([
      here.calls.exchange(code),
      there.calls.exchange(code),
      here.calls.exchange(code),
    ]);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(world.google.requests.count('/token', CODE)).toBe(1);

    for (const { calls } of [here, there]) expect(await endOf(calls.getToken('shared'))).toBe('OK');
    await here.calls.revoke('shared');
    expect(await endOf(there.calls.getToken('shared'))).toBe('USER_REVOKED');
    expect(await endOf(here.calls.getToken('shared'))).toBe('USER_REVOKED');
    expect(await here.terminate()).toBe(0);
  });
});

function clockAhead(ms: number): Clock {
  return { ...systemClock, now: () => systemClock.now() + ms };
}
