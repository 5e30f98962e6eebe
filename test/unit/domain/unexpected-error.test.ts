import { describe, expect, it } from 'vitest';
import { unexpectedErrorFields } from '../../../src/domain/unexpected-error.ts';

const SECRET = 'ya29.secret';

describe('what is logged of an unexpected error', () => {
  it('is its name and where it was thrown', () => {
    const { error, stack } = unexpectedErrorFields(new TypeError('broken'));
    expect(error).toBe('TypeError');
    expect(stack).toContain('unexpected-error.test.ts');
  });

  it.each<[string, () => unknown]>([
    ['its message', () => new Error(SECRET)],
    ['a message of many lines', () => new Error(`a\n    at ${SECRET}\n${SECRET}`)],
    ['a message that was changed later', () => Object.assign(new Error(SECRET), { message: 'x!' })],
    ['its cause', () => new Error('x', { cause: new Error(SECRET) })],
    ['its own fields', () => Object.assign(new Error('x'), { config: SECRET })],
    ['a string that was thrown', () => SECRET],
    ['an object that was thrown', () => ({ message: SECRET, stack: SECRET })],
  ])('is never %s', (_what, make) => {
    expect(JSON.stringify(unexpectedErrorFields(make()))).not.toContain(SECRET);
  });
});
