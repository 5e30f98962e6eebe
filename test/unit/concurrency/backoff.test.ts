import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../src/concurrency/backoff.ts';

const OPTIONS = { firstMs: 100, mostMs: 5_000 };

function waits(unit: number): readonly number[] {
  const random = { id: () => '', unit: () => unit };
  return [1, 2, 3, 4].map((attempt) => backoffMs(attempt, OPTIONS, random));
}

describe('the wait before a retry', () => {
  it('doubles', () => {
    expect(waits(0)).toEqual([50, 100, 200, 400]);
    expect(waits(1)).toEqual([100, 200, 400, 800]);
  });

  it('is never less than half the first and never more than the most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, unit) => {
          const wait = backoffMs(attempt, OPTIONS, { id: () => '', unit: () => unit });
          expect(wait).toBeGreaterThanOrEqual(50);
          expect(wait).toBeLessThanOrEqual(5_000);
        },
      ),
    );
  });
});
