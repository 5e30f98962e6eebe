import { describe, expect, it } from 'vitest';
import { Recent } from '../../../src/grpc/recent.ts';

describe('what was used lately', () => {
  it('is kept while it goes on being used, whatever else comes', () => {
    const recent = new Recent<number, string>(3);
    recent.set(0, 'asked for again and again');
    for (let other = 1; other <= 100; other += 1) {
      recent.set(other, 'asked for once');
      expect(recent.get(0)).toBe('asked for again and again');
    }
  });

  it('is forgotten when enough others came after it', () => {
    const recent = new Recent<number, string>(3);
    const kept = () => [...Array(100).keys()].filter((key) => recent.get(key) !== undefined);
    for (let key = 0; key < 100; key += 1) recent.set(key, 'value');
    expect(kept()).toContain(99);
    expect(kept().length).toBeLessThanOrEqual(6);
  });
});
