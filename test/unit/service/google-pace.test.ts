import { describe, expect, it } from 'vitest';
import type { NoAnswer, TokenOutcome } from '../../../src/domain/oauth-provider.ts';
import { GooglePace } from '../../../src/service/google-pace.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const ANSWERED: TokenOutcome = { kind: 'refused', cause: 'invalid_grant' };
const THROTTLED: NoAnswer = { kind: 'no_answer', cause: 'rate_limited', sent: true };
const BROKEN: NoAnswer = { kind: 'no_answer', cause: 'unavailable', sent: true };
const USUAL_PER_SECOND = 100;

function arrange() {
  const clock = new ManualClock();
  const pace = new GooglePace(USUAL_PER_SECOND, { clock, random: { id: () => '', unit: () => 0 } });
  /** A request that goes and is answered in this instant. */
  const send = (outcome: TokenOutcome = ANSWERED) => {
    pace.went();
    return pace.answered(outcome, clock.monotonic());
  };
  /** As many requests as may go within `ms`, all of them answered. */
  const sendAll = async (ms: number) => {
    const end = clock.monotonic() + ms;
    let sent = 0;
    for (; pace.heldBackFor && clock.monotonic() + pace.waitMs < end; sent += 1) {
      await clock.advance(pace.waitMs);
      send();
    }
    await clock.advance(end - clock.monotonic());
    return sent;
  };
  return { clock, pace, send, sendAll };
}

describe('while Google takes everything', () => {
  it('nothing is held back', () => {
    const { pace, send } = arrange();
    for (let times = 0; times < 1_000; times += 1) send();
    expect(pace.waitMs).toBe(0);
    expect(pace.heldBackFor).toBeUndefined();
  });

  it.each([
    ['fails', BROKEN],
    ['refuses a token', ANSWERED],
    ['throttles once and names no time', THROTTLED],
  ] as const)('nor where it %s', (_, outcome) => {
    const { pace, send } = arrange();
    expect(send(outcome)).toBe(false);
    expect(pace.waitMs).toBe(0);
  });
});

describe('a pause', () => {
  it.each([
    [429, THROTTLED, 'rate_limited'],
    [503, BROKEN, 'unavailable'],
  ] as const)('is as long as Retry-After says: %s', async (_, outcome, cause) => {
    const { clock, pace, send } = arrange();
    expect(send({ ...outcome, retryAfterMs: 7_000 })).toBe(true);
    expect(pace.heldBackFor).toBe(cause);
    expect([pace.pauseMs, pace.waitMs]).toEqual([7_000, 7_000]);
    await clock.advance(7_000);
    expect([pace.pauseMs, pace.waitMs]).toEqual([0, 0]);
  });

  it('begins where Google throttles twice in a row without naming a time', () => {
    const { pace, send } = arrange();
    send(THROTTLED);
    send();
    expect(send(THROTTLED)).toBe(false);
    expect(send(THROTTLED)).toBe(true);
    expect(pace.pauseMs).toBeGreaterThanOrEqual(1_000);
  });

  it('is not begun anew by what was under way when it began', async () => {
    const { clock, pace, send } = arrange();
    const sentAt = clock.monotonic();
    await clock.advance(10);
    send({ ...THROTTLED, retryAfterMs: 1_000 });
    await clock.advance(900);
    expect(pace.answered({ ...THROTTLED, retryAfterMs: 1_000 }, sentAt)).toBe(false);
    expect(pace.pauseMs).toBe(100);
  });

  it('grows with each one in a row, whatever Google says, and at most to half a minute', async () => {
    const { clock, pace, send } = arrange();
    const pauses: number[] = [];
    for (let times = 0; times < 8; times += 1) {
      send({ ...THROTTLED, retryAfterMs: 1_000 });
      pauses.push(pace.pauseMs);
      await clock.advance(pace.pauseMs);
    }
    expect(pauses).toEqual([1_000, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });
});

describe('after a pause', () => {
  it('few go at first, and more with every answer', async () => {
    const { clock, pace, send, sendAll } = arrange();
    for (let times = 0; times < 500; times += 1) send();
    send({ ...THROTTLED, retryAfterMs: 1_000 });
    await clock.advance(1_000);
    expect(pace.within(1_000)).toBe(4);
    const seconds: number[] = [];
    for (let second = 0; second < 4; second += 1) seconds.push(await sendAll(1_000));
    expect(seconds[0]).toBeLessThan(12);
    for (const [index, sent] of seconds.entries()) {
      if (index > 0) expect(sent).toBeGreaterThan(1.5 * (seconds[index - 1] ?? 0));
    }
  });

  it('at most half of what is known is unlearned by one pause', async () => {
    const { clock, pace, send } = arrange();
    for (let times = 0; times < 100; times += 1) send();
    send({ ...THROTTLED, retryAfterMs: 3_000 });
    await clock.advance(3_000);
    send();
    send({ ...THROTTLED, retryAfterMs: 3_000 });
    const [first = 0, second = 0] = [pace.backInMs(), pace.backInMs()];
    // Seventy in a second were known.
    expect(second - first).toBeCloseTo(1_000 / 35);
  });

  it('nothing is held back any more when Google takes far more than it did', async () => {
    const { clock, pace, send, sendAll } = arrange();
    for (let times = 0; times < 20; times += 1) send();
    send({ ...THROTTLED, retryAfterMs: 1_000 });
    await clock.advance(1_000);
    for (let second = 0; second < 60 && pace.heldBackFor; second += 1) await sendAll(1_000);
    expect(pace.heldBackFor).toBeUndefined();
  });

  it('nor ten minutes later, when nobody asked meanwhile', async () => {
    const { clock, pace, send } = arrange();
    send({ ...THROTTLED, retryAfterMs: 1_000 });
    await clock.advance(602_000);
    expect(pace.heldBackFor).toBeUndefined();
    expect(pace.waitMs).toBe(0);
  });
});

describe('who is refused', () => {
  it('comes back after the pause, each later than the one before', async () => {
    const { pace, send } = arrange();
    for (let times = 0; times < 50; times += 1) send();
    send({ ...THROTTLED, retryAfterMs: 5_000 });
    const backs = Array.from({ length: 100 }, () => pace.backInMs());
    expect(backs).toEqual([...backs].sort((one, other) => one - other));
    expect(new Set(backs).size).toBe(100);
    expect(backs[0]).toBeGreaterThan(5_000);
    // Google took 50 in a second: so many come back in one.
    expect(backs[99]).toBeCloseTo(7_000);
  });

  it('comes back half a minute after the pause at the latest', async () => {
    const { pace, send } = arrange();
    send({ ...THROTTLED, retryAfterMs: 5_000 });
    const backs = Array.from({ length: 10_000 }, () => pace.backInMs());
    expect(Math.max(...backs)).toBeLessThanOrEqual(35_000);
    expect(Math.min(...backs)).toBeGreaterThanOrEqual(5_000);
  });

  it('comes back as fast as others get through, where only too many wait', () => {
    const { pace, send } = arrange();
    for (let times = 0; times < 20; times += 1) send();
    const [first = 0, second = 0] = [pace.backInMs(), pace.backInMs()];
    expect(second - first).toBeCloseTo(1_000 / 20);
  });

  it('waits a second at least', () => {
    expect(arrange().pace.backInMs()).toBeGreaterThanOrEqual(1_000);
  });

  it('is told a call as if there were no batches, and a batch behind the calls', () => {
    const { pace } = arrange();
    const [call = 0] = Array.from({ length: 50 }, () => pace.backInMs());
    const batches = Array.from({ length: 2_000 }, () => pace.backInMs('batch'));
    expect(Math.min(...batches)).toBeGreaterThan(call + 480);
    expect(pace.backInMs()).toBeCloseTo(call + 500);
  });
});

/** A Google with a bucket of tokens, and as many requests as may go at a time, in virtual time. */
function drain({ users, perSecond, retryAfterMs, rttMs }: Drained) {
  const time = { now: 0 };
  const clock = { now: () => time.now, monotonic: () => time.now, schedule: () => () => undefined };
  const pace = new GooglePace(USUAL_PER_SECOND, {
    clock,
    random: { id: () => '', unit: () => 0.5 },
  });
  const underWay: { readonly sentAt: number; readonly outcome: TokenOutcome }[] = [];
  const counts = { sent: 0, taken: 0 };
  let tokens = perSecond;
  for (; counts.taken < users && time.now < 1_000_000; time.now += 1) {
    tokens = Math.min(perSecond, tokens + perSecond / 1_000);
    while (underWay.length < 64 && counts.taken + underWay.length < users && pace.waitMs === 0) {
      pace.went();
      counts.sent += 1;
      const isTaken = tokens >= 1;
      if (isTaken) tokens -= 1;
      underWay.push({
        sentAt: time.now,
        outcome: isTaken ? ANSWERED : { ...THROTTLED, retryAfterMs },
      });
    }
    while (underWay[0] !== undefined && underWay[0].sentAt + rttMs <= time.now) {
      const { outcome, sentAt } = underWay[0];
      underWay.shift();
      if (outcome === ANSWERED) counts.taken += 1;
      pace.answered(outcome, sentAt);
    }
  }
  return { amplification: counts.sent / users, goodput: (users / time.now) * 1_000 };
}

interface Drained {
  readonly users: number;
  readonly perSecond: number;
  readonly retryAfterMs: number;
  readonly rttMs: number;
}

describe('5 000 users at once (I15)', () => {
  const cases = [20, 50, 200, 500].flatMap((perSecond) =>
    [1_000, 10_000].flatMap((retryAfterMs) =>
      [10, 200].map((rttMs) => ({ perSecond, retryAfterMs, rttMs })),
    ),
  );

  it.each(cases)('cost at most a tenth more requests, and get on: %o', (terms) => {
    const { amplification, goodput } = drain({ users: 5_000, ...terms });
    expect(amplification).toBeLessThanOrEqual(1.1);
    // More than Google takes, and than there are places for, cannot be reached.
    const reachable = Math.min(terms.perSecond, (64 / terms.rttMs) * 1_000);
    expect(goodput).toBeGreaterThan(reachable / 4);
  });
});
