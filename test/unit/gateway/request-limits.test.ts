import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../src/gateway/refusal.ts';
import { RequestLimits } from '../../../src/gateway/request-limits.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordingMetrics } from '../../support/recording/metrics.ts';

const clock = new ManualClock();
const metrics = new RecordingMetrics();
const limits = new RequestLimits({ clock, metrics });

/** What it is told; undefined where it passes. */
function refusalOf(limit: 'address' | 'session', key: string, perMinute: number) {
  try {
    return limits.take(limit, key, perMinute);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

describe('how often a code may be posted', () => {
  it('by one address: those of a minute at once, then one at a time, each after its wait', async () => {
    const take = () => refusalOf('address', '192.0.2.1', 6);
    for (let post = 0; post < 6; post += 1) expect(take()).toBeUndefined();
    expect(take()).toMatchObject({
      reason: 'TOO_MANY_REQUESTS',
      cause: 'address',
      retryAfterMs: 10_000,
    });
    await clock.advance(10_000);
    expect(take()).toBeUndefined();
    expect(take()).toBeInstanceOf(Refusal);
    expect(refusalOf('address', '192.0.2.2', 6)).toBeUndefined();
    expect(metrics.labelsOf('tokenvault_gateway_rate_limited_total')).toEqual([
      { limit: 'address' },
      { limit: 'address' },
    ]);
  });

  it('a session is not an address of the same name', () => {
    expect(refusalOf('address', 'one', 1)).toBeUndefined();
    expect(refusalOf('session', 'one', 1)).toBeUndefined();
    expect(refusalOf('session', 'one', 1)).toMatchObject({ cause: 'session' });
  });

  it('0 is no limit', () => {
    for (let post = 0; post < 1_000; post += 1) {
      expect(refusalOf('address', 'free', 0)).toBeUndefined();
    }
  });
});
