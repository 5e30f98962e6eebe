import { describe, expect, it } from 'vitest';
import { repeatsAName } from '../../../src/domain/repeated-names.ts';

describe('a name that an object of JSON has twice', () => {
  it.each([
    '{"a":1,"a":2}',
    '{"a":{},"b":[],"a":"a"}',
    '{ "a" : 1, "\\u0061" : 2 }',
    '[{"a":1},{"b":{"c":1,"c":1}}]',
    '{"a\\"":1,"a\\"":1}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":1}',
  ])('is found in %s', (json) => {
    expect(() => JSON.parse(json)).not.toThrow();
    expect(repeatsAName(json)).toBe(true);
  });

  it.each([
    '{}',
    '{"a":1,"b":"a","c":{"a":1},"d":[{"a":1},{"a":2}]}',
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
    '["a","a"]',
    '{"a":"b:","b":":"}',
    '"a"',
  ])('is not found in %s', (json) => {
    expect(() => JSON.parse(json)).not.toThrow();
    expect(repeatsAName(json)).toBe(false);
  });
});
