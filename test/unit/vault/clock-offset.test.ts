import { describe, expect, it } from 'vitest';
import { clockOffsetMs } from '../../../src/vault/clock-offset.ts';

describe('the offset of our clock', () => {
  const date = 1_700_000_000_000;

  it.each([
    ['the same clock, at the beginning of a second', 0, 5, 0],
    ['the same clock, at the end of a second', 990, 999, 0],
    ['a second that turns while the request is under way', -20, 10, 0],
    ['an answer that took three seconds', -2_900, 100, 0],
    ['a clock that is ahead', 61_000, 61_010, 60_000],
    ['a clock that is behind', -60_010, -60_000, -60_000],
    ['a clock that is ahead, and a slow answer', 61_000, 64_000, 60_000],
  ])('is what it is at least: %s', (_case, begun, ended, expected) => {
    const offset = clockOffsetMs({ begunAt: date + begun, endedAt: date + ended, date });
    expect(offset).toBe(expected);
  });
});
