import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';

describe('a secret', () => {
  it.each([
    ['a template', (secret: Secret) => `${secret}`],
    ['String', (secret: Secret) => String(secret)],
    ['JSON', (secret: Secret) => JSON.stringify({ secret })],
    ['inspect', (secret: Secret) => inspect({ secret }, { showHidden: true, depth: 9 })],
    ['its keys', (secret: Secret) => JSON.stringify(Object.entries(secret))],
  ])('is not printed by %s', (_, print) => {
    expect(print(new Secret('hush-hush'))).not.toContain('hush');
  });

  it('reveals itself only when asked to', () => {
    expect(new Secret('hush').reveal()).toBe('hush');
  });

  it('equals another of the same value', () => {
    expect(new Secret('a').equals(new Secret('a'))).toBe(true);
    expect(new Secret('a').equals(new Secret('b'))).toBe(false);
  });
});
