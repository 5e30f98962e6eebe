import { describe, expect, it } from 'vitest';
import { checkRuntime } from '../../../src/config/runtime-check.ts';

describe('the check of the Node that runs an entry', () => {
  it.each([
    ['26.10.0', 'src/dev/main.ts'],
    ['24.0.0', 'src/main.ts'],
    ['22.18.0', 'src/main.ts'],
    ['22.0.0', 'dist/src/main.js'],
  ])('%s runs %s', (node, entry) => {
    expect(checkRuntime({ node }, entry)).toBeUndefined();
  });

  it.each([
    ['20.19.0', 'dist/src/main.js', /^TokenVault needs Node 22 or later, and this is 20\.19\.0: /],
    ['20.19.0', 'src/main.ts', /^TokenVault needs Node 22 or later/],
    ['22.17.1', 'src/main.ts', /^Node 22\.17\.1 does not run TypeScript: .*npm ci/],
  ])('%s does not run %s, and the sentence says what to do', (node, entry, sentence) => {
    expect(checkRuntime({ node }, entry)).toMatch(sentence);
  });
});
