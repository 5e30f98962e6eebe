import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../../src/concurrency/rate-meter.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('the rate of what happens', () => {
  it('is that of the busier of this second and the last', async () => {
    const clock = new ManualClock();
    const meter = new RateMeter(clock);
    for (let times = 0; times < 3; times += 1) meter.count();
    expect(meter.perSecond).toBe(3);
    await clock.advance(1_000);
    meter.count();
    expect(meter.perSecond).toBe(3);
    await clock.advance(1_000);
    expect(meter.perSecond).toBe(1);
  });

  it('knows nothing of what is over', async () => {
    const clock = new ManualClock();
    const meter = new RateMeter(clock);
    meter.count();
    await clock.advance(2_500);
    expect(meter.perSecond).toBe(0);
  });
});
