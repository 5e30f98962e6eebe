import { describe, expect, it } from 'vitest';
import { duration } from '../../../src/config/duration.ts';

const schema = duration('100ms', '1h');

describe('a duration', () => {
  it.each([
    ['100ms', 100],
    ['5s', 5_000],
    ['30m', 1_800_000],
    ['1h', 3_600_000],
  ])('%s is %d milliseconds', (text, ms) => {
    expect(schema.parse(text)).toBe(ms);
  });

  it.each([
    5,
    '5',
    '',
    's',
    '5 s',
    '5S',
    '1.5s',
    '-5s',
    '+5s',
    '5s\n',
    '99ms',
    '2h',
    '1d',
    '9999999999s',
    '5toString',
    null,
  ])('%j is refused, saying what is allowed', (value) => {
    expect(schema.safeParse(value).error?.issues.map((issue) => issue.message)).toEqual([
      'must be a whole number and its unit (ms, s, m, h or d), from 100ms to 1h',
    ]);
  });
});
