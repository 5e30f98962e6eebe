import { describe, expect, it } from 'vitest';
import { lowerQuartile, median, quantile } from '../../../bench/statistics.ts';

describe('a quantile', () => {
  it('is a value of the list where one lies there', () => {
    const values = [5, 1, 4, 2, 3];
    expect(quantile(values, 0)).toBe(1);
    expect(lowerQuartile(values)).toBe(2);
    expect(median(values)).toBe(3);
    expect(quantile(values, 1)).toBe(5);
  });

  it('is between two by proportion where none does', () => {
    expect(median([1, 2])).toBe(1.5);
    expect(lowerQuartile([0, 10, 20])).toBe(5);
  });

  it('of nothing is an error, not a figure', () => {
    expect(() => median([])).toThrow();
  });
});
