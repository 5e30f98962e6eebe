import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkRuntime, OLDEST_NODE } from '../../../src/config/runtime-check.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const textOf = (file: string) => readFileSync(join(PROJECT, file), 'utf8');

describe('the check of the Node that runs an entry', () => {
  it.each([
    ['26.10.0', 'src/dev/main.ts'],
    ['27.0.0', 'src/dev/main.ts'],
    ['22.0.0', 'dist/src/main.js'],
  ])('%s runs %s', (node, entry) => {
    expect(checkRuntime({ node }, entry)).toBeUndefined();
  });

  it.each([
    ['20.19.0', 'dist/src/main.js', /^TokenVault needs Node 22 or newer and this is 20\.19\.0: /],
    ['24.9.0', 'src/main.ts', /^TokenVault needs Node 26 or newer and this is 24\.9\.0: .*npm ci/],
  ])('%s does not run %s, and the sentence says what to do', (node, entry, sentence) => {
    expect(checkRuntime({ node }, entry)).toMatch(sentence);
  });
});

describe('whoever else names the oldest Node', () => {
  it('says the same in the launcher', () => {
    const { source, compiled } = OLDEST_NODE;

    expect(textOf('bin/tokenvault.js')).toContain(`fromSource ? ${source} : ${compiled}`);
  });

  it('says the same in package.json, and brings one that runs the source', () => {
    const { engines, devDependencies } = JSON.parse(textOf('package.json'));

    expect(engines.node).toBe(`>=${OLDEST_NODE.compiled}`);
    expect(checkRuntime({ node: devDependencies.node }, 'src/dev/main.ts')).toBeUndefined();
  });
});
