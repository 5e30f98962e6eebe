import { describe, expect, it } from 'vitest';
import { within } from '../../../src/concurrency/within.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const onTimeout = () => new Error('too late');

describe('within', () => {
  it('gives what the work gives in time', async () => {
    const clock = new ManualClock();
    const work = Promise.resolve('done');
    expect(await within(clock, 10, { work, onTimeout })).toBe('done');
  });

  it('fails as the work fails in time', async () => {
    const clock = new ManualClock();
    const work = Promise.reject(new Error('broken'));
    await expect(within(clock, 10, { work, onTimeout })).rejects.toThrow('broken');
  });

  it('rejects when the time is over, and not before', async () => {
    const clock = new ManualClock();
    const gate = Promise.withResolvers<string>();
    let failure: unknown;
    within(clock, 10, { work: gate.promise, onTimeout }).catch((error: unknown) => {
      failure = error;
    });
    await clock.advance(9);
    expect(failure).toBeUndefined();
    await clock.advance(1);
    expect(failure).toEqual(new Error('too late'));
    gate.reject(new Error('the late failure of the work is nobody’s'));
    await clock.advance(1);
  });

  it('still takes a result that is there already when no time is left', async () => {
    const clock = new ManualClock();
    const work = Promise.resolve('done');
    expect(await within(clock, -5, { work, onTimeout })).toBe('done');
  });
});
