import { describe, expect, it } from 'vitest';
import { NextRun } from '../../../src/concurrency/next-run.ts';

/** Runs that end when the test says so; each gives its number. */
function heldRuns() {
  const ends: PromiseWithResolvers<number>[] = [];
  const next = new NextRun(() => {
    const end = Promise.withResolvers<number>();
    ends.push(end);
    return end.promise;
  });
  const end = (run: number) => ends[run - 1]?.resolve(run);
  const fail = (run: number) => ends[run - 1]?.reject(new Error(`run ${run}`));
  return { next, end, fail, begun: () => ends.length };
}

describe('NextRun', () => {
  it('gives everybody a run that began after they asked', async () => {
    const { next, end } = heldRuns();
    const first = next.run();
    const meanwhile = [next.run(), next.run()];
    end(1);
    expect(await first).toBe(1);
    const later = next.run();
    end(2);
    expect(await Promise.all(meanwhile)).toEqual([2, 2]);
    end(3);
    expect(await later).toBe(3);
  });

  it('has one under way at a time', async () => {
    const { next, end, begun } = heldRuns();
    const asked = [next.run(), next.run(), next.run()];
    expect(begun()).toBe(1);
    end(1);
    await asked[0];
    await Promise.resolve();
    expect(begun()).toBe(2);
    end(2);
    await Promise.all(asked);
    expect(begun()).toBe(2);
  });

  it('goes on after a run that failed', async () => {
    const { next, end, fail } = heldRuns();
    const first = next.run();
    const second = next.run();
    fail(1);
    await expect(first).rejects.toThrow('run 1');
    end(2);
    expect(await second).toBe(2);
  });
});
