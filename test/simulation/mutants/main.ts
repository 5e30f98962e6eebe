import { parseArgs } from 'node:util';
import { MUTANTS } from './all.ts';
import { type Hunted, hunt } from './hunt.ts';

/** Breaks the code line by line, and shows which breakage the simulator notices. */
const { values } = parseArgs({
  options: {
    /** Part of the names of those to run. */
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '60000' },
    from: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '600' },
  },
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function row({ mutant, caughtBy, seed, seconds, trouble }: Hunted): string {
  const by = caughtBy.length > 0 ? caughtBy.join(', ') : 'NOT CAUGHT';
  const where = seed === undefined ? '' : `seed ${seed}`;
  const line = `${mutant.name.padEnd(66)} ${where.padStart(12)} ${seconds.toFixed(1).padStart(6)} s  ${by}`;
  return trouble === undefined ? line : `${line}\n${trouble}`;
}

const wanted = MUTANTS.filter(({ name }) => name.includes(values.only));
const budget = {
  runs: Number(values.runs),
  from: Number(values.from),
  seconds: Number(values.seconds),
};
let missed = 0;
for (const mutant of wanted) {
  const hunted = await hunt(mutant, budget);
  if (hunted.caughtBy.length === 0) missed += 1;
  print(row(hunted));
}
print(`${wanted.length - missed} of ${wanted.length} breakages caught`);
process.exitCode = missed === 0 ? 0 : 1;
