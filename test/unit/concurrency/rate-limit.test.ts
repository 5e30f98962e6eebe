import { describe, expect, it } from 'vitest';
import { type Rate, RateLimit } from '../../../src/concurrency/rate-limit.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const RATE: Rate = { most: 4, inMs: 1_000 };

/** Zero where it passes, else the time to wait. */
function waitFor(limit: RateLimit, key = 'caller', rate = RATE): number {
  try {
    limit.take(key, rate);
    return 0;
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== 'CALLER_RATE_LIMITED') throw error;
    return error.retryAfterMs ?? Number.NaN;
  }
}

describe('a rate limit', () => {
  it('lets those of its whole time pass at once, and says exactly when the next one may', async () => {
    const clock = new ManualClock();
    const limit = new RateLimit(clock);
    expect([1, 2, 3, 4].map(() => waitFor(limit))).toEqual([0, 0, 0, 0]);
    expect(waitFor(limit)).toBe(250);
    await clock.advance(249);
    expect(waitFor(limit)).toBe(1);
    await clock.advance(1);
    expect(waitFor(limit)).toBe(0);
    expect(waitFor(limit)).toBe(250);
  });

  it('counts nothing that it refused', async () => {
    const clock = new ManualClock();
    const limit = new RateLimit(clock);
    for (let call = 0; call < 100; call += 1) waitFor(limit);
    await clock.advance(1_000);
    expect([1, 2, 3, 4, 5].map(() => waitFor(limit))).toEqual([0, 0, 0, 0, 250]);
  });

  it('lets what passed count for more, and the next wait for it', async () => {
    const clock = new ManualClock();
    const limit = new RateLimit(clock);
    expect(waitFor(limit)).toBe(0);
    limit.owe('caller', RATE, 11);
    expect(waitFor(limit)).toBe(2_250);
    await clock.advance(2_250);
    expect([1, 2].map(() => waitFor(limit))).toEqual([0, 250]);
    expect(waitFor(limit, 'another')).toBe(0);
  });

  it('counts each key by itself', () => {
    const limit = new RateLimit(new ManualClock());
    for (let call = 0; call < 4; call += 1) waitFor(limit, 'one');
    expect(waitFor(limit, 'one')).toBe(250);
    expect(waitFor(limit, 'other')).toBe(0);
  });

  it('passes as many in the long run as it says, however they come', async () => {
    const clock = new ManualClock();
    const limit = new RateLimit(clock);
    let passed = 0;
    for (let ms = 0; ms < 10_000; ms += 10) {
      if (waitFor(limit, 'caller', { most: 7, inMs: 1_000 }) === 0) passed += 1;
      await clock.advance(10);
    }
    expect(passed).toBeGreaterThanOrEqual(70);
    expect(passed).toBeLessThanOrEqual(77);
  });

  it('takes another rate from one call to the next', () => {
    const limit = new RateLimit(new ManualClock());
    for (let call = 0; call < 4; call += 1) waitFor(limit);
    expect(waitFor(limit, 'caller', { most: 1_000, inMs: 1_000 })).toBe(1);
    expect(waitFor(limit, 'caller', { most: 4, inMs: 2_000 })).toBe(0);
  });

  it('forgets of more keys than it has room for those asked for longest ago', () => {
    const limit = new RateLimit(new ManualClock());
    for (let call = 0; call < 4; call += 1) waitFor(limit, 'first');
    for (let key = 0; key < 9_999; key += 1) waitFor(limit, `${key}`);
    expect(waitFor(limit, 'first')).toBe(250);
    for (let key = 0; key < 10_000; key += 1) waitFor(limit, `${key}`);
    expect(waitFor(limit, 'first')).toBe(0);
  });
});
