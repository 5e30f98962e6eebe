import { describe, expect, it } from 'vitest';
import { boundedTimeout, isTimeout, timeoutHeader } from '../../../src/grpc/timeout-header.ts';

const LIMITS = { defaultDeadlineMs: 10_000, maxDeadlineMs: 60_000 };

describe('grpc-timeout', () => {
  it.each(['1n', '5u', '100m', '10S', '1M', '99999999H', '0S'])('may be %j', (sent) => {
    expect(isTimeout(sent)).toBe(true);
  });

  it.each([
    '',
    '1',
    'S',
    '1x',
    '-1S',
    '+1S',
    '5Sjunk',
    ' 5S',
    '5S ',
    '5 S',
    '1.5S',
    '123456789S',
    '1S, 2S',
    '5s',
  ])('may not be %j', (sent) => {
    expect(isTimeout(sent)).toBe(false);
  });

  it.each([
    ['10 s where none was sent', undefined, 10_000],
    ['what was sent', '30S', 30_000],
    ['what was sent, at the limit', '60S', 60_000],
    ['what was sent, at the limit in another unit', '1M', 60_000],
    ['a nanosecond', '1n', 0.000_001],
    ['60 s where more was sent', '61S', 60_000],
    ['60 s where milliseconds come to more', '60001m', 60_000],
    ['60 s where grpc-js would count past its 32 bits', '597H', 60_000],
    ['60 s for the longest of all', '99999999H', 60_000],
  ])('means %s', (_what, sent, ms) => {
    expect(boundedTimeout(sent, LIMITS)).toBe(ms);
  });

  it.each([
    [60_000, '60000m'],
    [0.000_001, '1m'],
    [0, '0m'],
  ])('of %d ms is %s', (ms, header) => {
    expect(timeoutHeader(ms)).toBe(header);
    expect(isTimeout(header)).toBe(true);
  });
});
