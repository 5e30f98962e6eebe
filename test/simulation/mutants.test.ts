import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants/all.ts';
import { hunt } from './mutants/hunt.ts';
import { mutated } from './mutants/mutated-copy.ts';

const SRC = join(import.meta.dirname, '../../src');
/** Caught within a few schedules each; `npm run simulate:mutants` hunts all. */
const QUICK = [
  'answer before the commit',
  'skip the check at hand-out',
  'cache by user and client alone',
];

describe('breakages of the code', () => {
  it.each(MUTANTS)('“$name” still names one line of the code', async (mutant) => {
    const text = await readFile(join(SRC, mutant.file), 'utf8');
    expect(mutated(text, mutant)).not.toBe(text);
  });

  it.each(MUTANTS.filter(({ name }) => QUICK.includes(name)))(
    '“$name” is caught by the simulator',
    async (mutant) => {
      const { caughtBy, trouble } = await hunt(mutant, { runs: 2_000, from: 1, seconds: 50 });
      expect(trouble).toBeUndefined();
      expect(caughtBy).not.toEqual([]);
    },
  );
});
