import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../src/google/retry-after.ts';

const now = Date.parse('Mon, 23 Nov 2026 12:00:00 GMT');

describe('retryAfterMs', () => {
  it.each([
    ['7', 7_000],
    ['600', 600_000],
    ['601', 600_000],
    ['999999999', 600_000],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 18:00:00 GMT', 600_000],
  ])('reads %s', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });

  it.each([
    null,
    '',
    '0',
    '-5',
    '1.5',
    '1e3',
    'soon',
    '9'.repeat(400),
    'Mon, 23 Nov 2026 11:59:59 GMT',
    'Mon, 99 Nov 2026 12:00:30 GMT',
    '2026-11-23T12:00:30Z',
  ])('ignores %s', (header) => {
    expect(retryAfterMs(header, now)).toBeUndefined();
  });
});
