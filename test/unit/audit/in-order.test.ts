import { describe, expect, it } from 'vitest';
import { movedRuns } from '../../../src/audit/verify/in-order.ts';

describe('the search for what was moved', () => {
  const moved = (...runs: [first: number, lines: number][]) =>
    movedRuns(runs.map(([seq, lines]) => ({ first: { seq }, lines }))).map(
      ({ first }) => first.seq,
    );

  it.each<[string, [number, number][], number[]]>([
    ['nothing', [], []],
    [
      'rising runs',
      [
        [1, 4],
        [5, 1],
        [9, 3],
      ],
      [],
    ],
    [
      'a line that came late',
      [
        [1, 4],
        [6, 20],
        [5, 1],
      ],
      [5],
    ],
    [
      'a line that came early',
      [
        [1, 4],
        [30, 1],
        [5, 25],
        [31, 9],
      ],
      [30],
    ],
    [
      'two lines that changed places',
      [
        [1, 4],
        [20, 1],
        [6, 14],
        [5, 1],
        [21, 9],
      ],
      [20, 5],
    ],
    [
      'a file in reverse',
      [
        [9, 1],
        [8, 1],
        [7, 1],
      ],
      [8, 7],
    ],
  ])('finds in %s', (_what, runs, expected) => {
    expect(moved(...runs)).toEqual(expected);
  });
});
