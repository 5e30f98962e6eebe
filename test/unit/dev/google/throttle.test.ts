import { describe, expect, it } from 'vitest';
import { Throttle } from '../../../../src/dev/google/throttle.ts';

function arrange() {
  const time = { ms: 0 };
  const throttle = new Throttle(() => time.ms);
  /** How many of so many requests in this instant pass. */
  const passing = (requests: number) =>
    Array.from({ length: requests }, () => throttle.refusal()).filter((reply) => !reply).length;
  return { time, throttle, passing };
}

describe('the rate limit of the stand-in', () => {
  it('is a bucket of tokens', () => {
    const { time, throttle, passing } = arrange();
    throttle.set({ perSecond: 10, burst: 15 });
    expect(passing(20)).toBe(15);
    time.ms += 500;
    expect(passing(20)).toBe(5);
    time.ms += 60_000;
    expect(passing(20)).toBe(15);
  });

  it('says when to come back', () => {
    const { throttle, passing } = arrange();
    throttle.set({ perSecond: 1, retryAfterSeconds: 7 });
    expect(passing(1)).toBe(1);
    expect(throttle.refusal()).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
  });

  it('is not there unless it is set', () => {
    const { throttle, passing } = arrange();
    expect(passing(100)).toBe(100);
    throttle.set({ perSecond: 1 });
    throttle.set(undefined);
    expect(passing(100)).toBe(100);
  });
});
