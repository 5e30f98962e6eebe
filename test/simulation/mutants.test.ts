import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants/all.ts';
import { hunt } from './mutants/hunt.ts';
import { mutated } from './mutants/mutated-copy.ts';

const SOURCE = join(import.meta.dirname, '../../src');

describe('the planted breakages', () => {
  it('are many, each with a name of its own', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it.each(MUTANTS)('can be planted: $name', (mutant) => {
    const text = readFileSync(join(SOURCE, mutant.file), 'utf8');
    expect(mutated(text, mutant)).not.toBe(text);
  });

  it.each([
    'skip the check at hand-out',
    'send a code that is not written down',
    'answer before the commit',
  ])('are caught: %s', async (name) => {
    const mutant = MUTANTS.find((each) => each.name === name);
    if (mutant === undefined) throw new Error('no such breakage');
    const { caughtBy, trouble } = await hunt(mutant, { runs: 400, from: 1, seconds: 50 });
    expect(trouble).toBeUndefined();
    expect(caughtBy).not.toEqual([]);
  });
});
