import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { ISSUED } from '../support/fakes/hand-written-token-vault.ts';
import {
  errorOf,
  getAccessToken,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';

/** The machine's time, but what is scheduled for some seconds, as deadlines are, runs when the test says so. */
class HeldClock implements Clock {
  readonly held: { readonly ms: number; readonly action: () => void; cancelled: boolean }[] = [];
  now = systemClock.now;
  monotonic = systemClock.monotonic;

  schedule(ms: number, action: () => void) {
    if (ms <= 1_000 || ms > 10_000) return systemClock.schedule(ms, action);
    const entry = { ms, action, cancelled: false };
    this.held.push(entry);
    return () => {
      entry.cancelled = true;
    };
  }
}

let clock: HeldClock;
let running: RunningGrpcServer;

beforeEach(async () => {
  clock = new HeldClock();
  running = await runGrpcServer(clock);
});

afterEach(async () => {
  running.client.close();
  await running.server.stop(0);
});

describe('the deadline of a call', () => {
  /** How long the use case of a call was given, milliseconds. */
  const allowance = async (timeoutMs?: number) => {
    const before = clock.monotonic();
    await getAccessToken(running.client, { timeoutMs });
    const after = clock.monotonic();
    const deadline = running.vault.contexts.at(-1)?.deadline ?? Number.NaN;
    return { atLeast: deadline - after, atMost: deadline - before };
  };

  it.each([
    ['10 s where the caller set none', undefined, 10_000],
    ['the caller’s own', 30_000, 30_000],
    ['at most 60 s', 3_600_000, 60_000],
  ])('is %s', async (_what, timeoutMs, expected) => {
    const { atLeast, atMost } = await allowance(timeoutMs);
    expect(atLeast).toBeLessThanOrEqual(expected);
    // A client sends its deadline in whole milliseconds, and wall-clock time has no fractions.
    expect(atMost).toBeGreaterThanOrEqual(expected - 5);
  });

  it('ends a call that the caller set none for, and its late answer is dropped', async () => {
    let answerLate: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      running.vault.onGetAccessToken = () => {
        resolve();
        return new Promise((answer) => {
          answerLate = () => answer(ISSUED);
        });
      };
    });
    const call = errorOf(getAccessToken(running.client));
    await reached;
    const [timer] = await scheduled();
    // It runs since the headers came, a moment before the use case.
    expect(timer?.ms).toBeLessThanOrEqual(10_000);
    expect(timer?.ms).toBeGreaterThan(9_000);
    timer?.action();
    expect((await call).code).toBe(status.DEADLINE_EXCEEDED);
    answerLate();
    await expect.poll(() => timer?.cancelled).toBe(true);
    expect(running.metrics.labelsOf('tokenvault_rpc_total')).toEqual([
      { method: 'GetAccessToken', code: 'DEADLINE_EXCEEDED', reason: '' },
    ]);
  });

  it('leaves no timer behind a call that was answered', async () => {
    running.vault.onGetAccessToken = async () => ISSUED;
    await getAccessToken(running.client);
    await expect.poll(() => clock.held.map(({ cancelled }) => cancelled)).toEqual([true]);
  });

  const scheduled = async () => {
    await expect.poll(() => clock.held.length).toBe(1);
    return clock.held;
  };
});
