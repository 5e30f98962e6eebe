import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/config/nearest.ts';

const KNOWN = ['log', 'ops', 'listen', 'max_tokens', 'google_failures'];

describe('the known name nearest to a mistyped one', () => {
  it.each([
    ['logs', 'log'],
    ['lisen', 'listen'],
    ['Listen', 'listen'],
    ['max_tokns', 'max_tokens'],
    ['maxtoken', 'max_tokens'],
    ['google-failure', 'google_failures'],
  ])('%s was meant to be %s', (name, meant) => {
    expect(nearest(name, KNOWN)).toBe(meant);
  });

  it.each(['', 'colour', 'tokens', 'l', 'ogp'])('%j is not close to any', (name) => {
    expect(nearest(name, KNOWN)).toBeUndefined();
  });
});
