import { describe, expect, it } from 'vitest';
import type { NoAnswer } from '../../../src/domain/oauth-provider.ts';
import { type Errand, GoogleGate, type Waiting } from '../../../src/service/google-gate.ts';
import { DEFAULT_LIMITS } from '../../../src/service/limits.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingLogger } from '../../support/recording/logger.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

const THROTTLED: NoAnswer = {
  kind: 'no_answer',
  cause: 'rate_limited',
  sent: true,
  retryAfterMs: 10_000,
};

function arrange({ refreshes = 2, refreshesWaiting = 3 } = {}) {
  const clock = new ManualClock();
  const waits: number[] = [];
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const gate = new GoogleGate({
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      schedule: (ms, action) => {
        waits.push(ms);
        return clock.schedule(ms, action);
      },
    },
    logger,
    metrics,
    random: { id: () => '', unit: () => 0 },
    limits: { ...DEFAULT_LIMITS, refreshes, refreshesWaiting },
  });
  const entered: string[] = [];
  const leave = new Map<string, () => void>();
  /** Enters under a name; `leave` holds the way out. */
  const enter = (
    name: string,
    errand: Errand = 'refresh',
    { alias = 'default', ...waiting }: { readonly alias?: string } & Waiting = {},
  ) =>
    gate.enter(alias, errand, waiting).then(
      (out) => {
        entered.push(name);
        leave.set(name, out);
        return 'OK';
      },
      (failure: unknown) => failure,
    );
  const throttle = (alias = 'default') => gate.answered(alias, THROTTLED, clock.monotonic());
  return { clock, waits, logger, metrics, gate, entered, leave, enter, throttle };
}

describe('the way to Google', () => {
  it('has so many places, which are taken in the order in which calls came', async () => {
    const { clock, entered, gate, leave, enter } = arrange();
    for (const name of ['1', '2', '3', '4']) void enter(name);
    await clock.advance(0);
    expect(entered).toEqual(['1', '2']);
    // Who needs nothing at once does not come into the line.
    expect(gate.isHeldBack('default')).toBe(true);
    leave.get('2')?.();
    leave.get('2')?.();
    await clock.advance(0);
    expect(entered).toEqual(['1', '2', '3']);
  });

  it('has other places for exchanges, where one may hang for long', async () => {
    const { clock, entered, enter } = arrange();
    void enter('exchange', 'exchange');
    void enter('another exchange', 'exchange');
    for (const name of ['1', '2']) void enter(name);
    await clock.advance(0);
    expect(entered.sort()).toEqual(['1', '2', 'exchange']);
  });

  it('is waited for three seconds by a refresh, five by an exchange, and in vain with NOT_READY', async () => {
    const { clock, enter } = arrange();
    for (const name of ['1', '2']) void enter(name);
    void enter('exchange', 'exchange');
    const refused = Promise.all([enter('3'), enter('another exchange', 'exchange')]);
    const times: number[] = [];
    for (const call of [enter('4'), enter('a third exchange', 'exchange')]) {
      void call.then(() => times.push(clock.monotonic()));
    }
    await clock.advance(6_000);
    expect(times).toEqual([3_000, 5_000]);
    expect(await refused).toMatchObject([{ reason: 'NOT_READY' }, { reason: 'NOT_READY' }]);
  });

  it('is not waited for where too many wait already, nor come all of them back at once (I16)', async () => {
    const { clock, enter } = arrange();
    for (let number = 1; number <= 5; number += 1) void enter(`${number}`);
    await clock.advance(0);
    const refused = await Promise.all([enter('6'), enter('7')]);
    expect(refused).toMatchObject([{ reason: 'NOT_READY' }, { reason: 'NOT_READY' }]);
    const [first, second] = refused.map((failure) => Object(failure).retryAfterMs);
    expect(first).toBeGreaterThan(1_000);
    expect(second).toBeGreaterThan(first);
  });

  it('is free again when who is on it hangs longer than a flight may (I17)', async () => {
    const { clock, entered, enter } = arrange({ refreshes: 1 });
    void enter('hangs');
    await clock.advance(DEFAULT_LIMITS.flightMs - 1_000);
    void enter('later');
    await clock.advance(1_000);
    expect(entered).toEqual(['hangs', 'later']);
  });

  it('is shared by OAuth clients in turns', async () => {
    const { clock, entered, leave, enter } = arrange({ refreshes: 1 });
    void enter('a1', 'refresh', { alias: 'a' });
    for (const name of ['a2', 'a3']) void enter(name, 'refresh', { alias: 'a' });
    for (const name of ['b1', 'b2']) void enter(name, 'refresh', { alias: 'b' });
    for (const name of ['a1', 'a2', 'b1', 'a3']) {
      await clock.advance(0);
      leave.get(name)?.();
    }
    await clock.advance(0);
    expect(entered).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
  });
});

describe('refreshes for batches', () => {
  it('take half of the places of refreshes at most', async () => {
    const { clock, entered, leave, enter } = arrange({ refreshes: 4 });
    for (const name of ['b1', 'b2', 'b3']) void enter(name, 'batch');
    for (const name of ['1', '2', '3']) void enter(name);
    await clock.advance(0);
    expect(entered).toEqual(['b1', 'b2', '1', '2']);
    leave.get('1')?.();
    await clock.advance(0);
    expect(entered.slice(4)).toEqual(['3']);
    leave.get('2')?.();
    await clock.advance(0);
    // A place is free, and it is none of the batches'.
    expect(entered.slice(5)).toEqual([]);
    leave.get('b1')?.();
    await clock.advance(0);
    expect(entered.slice(5)).toEqual(['b3']);
  });

  it('go after all others, also after those of other OAuth clients', async () => {
    const { clock, entered, leave, enter } = arrange({ refreshes: 2 });
    for (const name of ['1', '2']) void enter(name);
    void enter('batch', 'batch');
    void enter('other', 'refresh', { alias: 'another' });
    void enter('3');
    for (const name of ['1', '2', 'other', '3']) {
      await clock.advance(0);
      leave.get(name)?.();
    }
    await clock.advance(0);
    expect(entered).toEqual(['1', '2', 'other', '3', 'batch']);
  });

  it('also where the client of a batch has waited longest for its turn', async () => {
    const { clock, entered, leave, enter } = arrange({ refreshes: 2 });
    void enter('calls', 'refresh', { alias: 'calls' });
    void enter('batches', 'batch', { alias: 'batches' });
    void enter('more', 'batch', { alias: 'batches' });
    void enter('other', 'refresh', { alias: 'calls' });
    await clock.advance(0);
    expect(entered).toEqual(['calls', 'batches']);
    leave.get('batches')?.();
    await clock.advance(0);
    expect(entered.slice(2)).toEqual(['other']);
  });

  it('wait for long, and keep nobody from a line of his own', async () => {
    const { clock, entered, enter } = arrange({ refreshes: 2, refreshesWaiting: 2 });
    for (const name of ['1', '2']) void enter(name);
    const waiting = [enter('b1', 'batch'), enter('b2', 'batch')];
    expect(await enter('b3', 'batch')).toMatchObject({ reason: 'NOT_READY' });
    void enter('3');
    await clock.advance(19_000);
    expect(entered).toEqual(['1', '2']);
    await clock.advance(1_000);
    expect(await Promise.all(waiting)).toMatchObject([
      { reason: 'NOT_READY' },
      { reason: 'NOT_READY' },
    ]);
  });

  it('become like all others when somebody waits for them', async () => {
    const { clock, entered, leave, enter } = arrange({ refreshes: 2 });
    const hurry = new AbortController();
    for (const name of ['1', '2']) void enter(name);
    void enter('batch', 'batch');
    void enter('hurried', 'batch', { hurry: hurry.signal });
    hurry.abort();
    await clock.advance(0);
    void enter('3');
    for (const name of ['1', 'hurried']) {
      leave.get(name)?.();
      await clock.advance(0);
    }
    expect(entered).toEqual(['1', '2', 'hurried', '3']);
  });

  it('wait no longer than their turn lasts, nor does what became of them', async () => {
    const { clock, entered, enter } = arrange({ refreshes: 2 });
    for (const name of ['1', '2']) void enter(name);
    const hurry = new AbortController();
    const until = clock.monotonic() + 10_000;
    const waits = enter('b1', 'batch', { until });
    const hurried = enter('b2', 'batch', { until, hurry: hurry.signal });
    await clock.advance(9_000);
    hurry.abort();
    await clock.advance(1_000);
    for (const end of [waits, hurried]) expect(await end).toMatchObject({ reason: 'NOT_READY' });
    expect(await enter('over', 'batch', { until })).toMatchObject({ reason: 'NOT_READY' });
    expect(entered).toEqual(['1', '2']);
  });

  it('that are hurried before they come wait once, as long as others do', async () => {
    const { clock, enter } = arrange({ refreshes: 2 });
    for (const name of ['1', '2']) void enter(name);
    const refused = enter('3', 'refresh', { hurry: AbortSignal.abort() });
    await clock.advance(3_000);
    expect(await Promise.race([refused, 'waits'])).toMatchObject({ reason: 'NOT_READY' });
  });

  it('hold a refresh ahead back only where it is a batch’s, too', async () => {
    const { clock, gate, enter } = arrange({ refreshes: 2 });
    for (const name of ['b1', 'b2']) void enter(name, 'batch');
    await clock.advance(0);
    expect(gate.isHeldBack('default')).toBe(false);
    expect(gate.isHeldBack('default', 'batch')).toBe(true);
  });
});

describe('a pause that Google wants', () => {
  it('sends everybody away at once, and says when to come back', async () => {
    const { clock, enter, throttle, metrics, logger } = arrange();
    for (const name of ['1', '2']) void enter(name);
    await clock.advance(0);
    const waiting = enter('waits');
    throttle();
    const refused = await Promise.all([waiting, enter('comes'), enter('exchange', 'exchange')]);
    for (const failure of refused) {
      expect(failure).toMatchObject({
        reason: 'PROVIDER_RATE_LIMITED',
        metadata: { oauthClient: 'default' },
      });
      expect(Object(failure).retryAfterMs).toBeGreaterThanOrEqual(10_000);
    }
    expect(new Set(refused.map((failure) => Object(failure).retryAfterMs)).size).toBe(3);
    expect(metrics.labelsOf('tokenvault_google_pauses_total')).toEqual([{ client: 'default' }]);
    expect(metrics.labelsOf('tokenvault_google_held_back_total')).toContainEqual({
      reason: 'PROVIDER_RATE_LIMITED',
    });
    expect(logger.lines).toContainEqual({
      level: 'warn',
      event: 'google_throttles',
      oauthClient: 'default',
      pauseMs: 10_000,
    });
  });

  it('leaves in the batches’ line those alone who will get their turn', async () => {
    const { clock, enter, throttle } = arrange({ refreshes: 2, refreshesWaiting: 50 });
    for (const name of ['1', '2']) void enter(name);
    await clock.advance(0);
    const ends: unknown[] = [];
    for (let batch = 0; batch < 45; batch += 1) {
      void enter(`${batch}`, 'batch').then((end) => ends.push(end));
    }
    throttle();
    await clock.advance(0);
    // Ten of the twenty seconds that each waits, at four in a second.
    expect(ends).toHaveLength(5);
    expect(ends[0]).toMatchObject({ reason: 'PROVIDER_RATE_LIMITED' });
  });

  it('stops who is on the way already', async () => {
    const { clock, gate, enter, throttle } = arrange();
    void enter('on the way');
    await clock.advance(0);
    gate.ensureOpen('default');
    throttle();
    expect(() => gate.ensureOpen('default')).toThrow('Google limits our requests.');
  });

  it('is of one OAuth client alone', async () => {
    const { gate, enter, throttle } = arrange();
    throttle('a');
    expect(await enter('b', 'refresh', { alias: 'b' })).toBe('OK');
    expect(gate.isHeldBack('a')).toBe(true);
    expect(gate.isHeldBack('b')).toBe(false);
    expect(gate.pauses).toEqual([{ oauthClient: 'a', leftMs: 10_000 }]);
  });

  it('is waited out by the proof of a code that is spent', async () => {
    const { clock, entered, enter, throttle } = arrange();
    throttle();
    void enter('proof', 'proof');
    await clock.advance(9_900);
    expect(entered).toEqual([]);
    await clock.advance(200);
    expect(entered).toEqual(['proof']);
  });

  it('is followed by few, an exchange before all others', async () => {
    const { clock, entered, leave, enter, throttle } = arrange({
      refreshes: 50,
      refreshesWaiting: 50,
    });
    throttle();
    await clock.advance(9_000);
    for (const name of ['1', '2', '3', '4', '5', '6']) void enter(name);
    void enter('exchange', 'exchange');
    await clock.advance(1_000);
    expect(entered).toEqual(['exchange']);
    await clock.advance(1_000);
    expect(entered).toEqual(['exchange', '1', '2', '3', '4']);
    expect(leave.size).toBe(5);
  });

  it('is not waited for by more than will get their turn', async () => {
    const { clock, enter, throttle } = arrange({ refreshes: 50, refreshesWaiting: 50 });
    throttle();
    await clock.advance(9_000);
    const calls = Array.from({ length: 20 }, (_, index) => enter(`${index}`));
    await clock.advance(4_000);
    const ends = await Promise.all(calls);
    // Two of the three seconds that each waits, at four in a second.
    expect(ends.filter((end) => end === 'OK')).toHaveLength(8);
  });

  it('is waited for in whole milliseconds: of a smaller wait a clock may show nothing', async () => {
    const { clock, waits, enter, throttle } = arrange({ refreshes: 50, refreshesWaiting: 50 });
    throttle();
    await clock.advance(9_000);
    for (let call = 0; call < 20; call += 1) void enter(`${call}`);
    // So that less is left of a wait than was planned.
    for (let step = 0; step < 60; step += 1) {
      await clock.advance(50.3);
      void enter(`later ${step}`);
    }
    expect(waits.filter((ms) => ms < 1_000).length).toBeGreaterThan(0);
    expect(waits.filter((ms) => !Number.isInteger(ms))).toEqual([]);
  });
});
