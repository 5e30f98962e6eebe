import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/domain/clock.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function watch(work: Promise<void>): { over: boolean } {
  const state = { over: false };
  void work.then(() => {
    state.over = true;
  });
  return state;
}

describe('sleep', () => {
  it('ends after its time, and not before', async () => {
    const clock = new ManualClock();
    const slept = watch(sleep(clock, 100));
    await clock.advance(99);
    expect(slept.over).toBe(false);
    await clock.advance(1);
    expect(slept.over).toBe(true);
  });

  it('ends at once when it is aborted, also before it began', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const slept = watch(sleep(clock, 100, abort.signal));
    abort.abort();
    await clock.advance(0);
    expect(slept.over).toBe(true);
    const never = watch(sleep(clock, 100, abort.signal));
    await clock.advance(0);
    expect(never.over).toBe(true);
  });
});
