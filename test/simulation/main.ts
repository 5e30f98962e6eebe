import { type Simulated, simulate } from './simulate.ts';
import { Dice } from './world/dice.ts';
import { drawProfile } from './world/profile.ts';

const USAGE = `usage: npm run simulate -- [--runs N] [--from SEED] [--duels] [--first]
         search: all schedules, or only those in which revokes meet trouble; stop at the first violation
       npm run simulate -- --seed N [--trace]
         one run, told as a story
`;

interface Arguments {
  readonly runs: number;
  readonly from: number;
  readonly seed?: number;
  readonly trace: boolean;
  readonly first: boolean;
  readonly duels: boolean;
}

function parseArguments(words: readonly string[]): Arguments | undefined {
  const given: Record<string, number> = {};
  const left = [...words];
  const flags = new Set<string>();
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (['--trace', '--first', '--duels'].includes(word)) {
      flags.add(word);
      continue;
    }
    const value = Number(left.shift());
    if (['--runs', '--from', '--seed'].includes(word) && Number.isSafeInteger(value)) {
      given[word] = value;
    } else return undefined;
  }
  const { '--runs': runs = 1_000, '--from': from = 1, '--seed': seed } = given;
  const is = (flag: string) => flags.has(flag);
  const [trace, first, duels] = [is('--trace'), is('--first'), is('--duels')];
  return { runs, from, trace, first, duels, ...(seed !== undefined && { seed }) };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One run. @returns whether it kept every promise */
async function replay(seed: number, trace: boolean): Promise<boolean> {
  const tell = (time: number, who: string, what: string) =>
    print(`${(time / 1000).toFixed(4).padStart(9)} s  ${who.padEnd(26)} ${what}`);
  const run = await simulate(seed, trace ? tell : undefined);
  report(run);
  return run.violations.length === 0;
}

function report({ seed, violations, steps, took, history }: Simulated): void {
  const size = `${history.operations.length} calls, ${steps} steps, ${(took / 1000).toFixed(1)} s`;
  print(`seed ${seed}: ${violations.length} violations (${size})`);
  for (const { checker, what } of violations) print(`  ${checker}: ${what}`);
}

/** Many runs. @returns whether all kept every promise */
async function search({ runs, from, first, duels }: Arguments): Promise<boolean> {
  // Nobody reads the stacks of the failures that faults make.
  Error.stackTraceLimit = 0;
  const begun = performance.now();
  let broken = 0;
  let steps = 0;
  let shown = begun;
  let seed = from;
  for (let done = 0; done < runs; done += 1, seed += 1) {
    while (duels && !drawProfile(new Dice(seed)).isDuel) seed += 1;
    const run = await simulate(seed);
    steps += run.steps;
    if (run.violations.length > 0) {
      broken += 1;
      report(run);
      if (first) return false;
      print(`  again: npm run simulate -- --seed ${run.seed} --trace`);
    }
    const now = performance.now();
    if (now - shown < 2_000 && done + 1 < runs) continue;
    shown = now;
    const seconds = (now - begun) / 1000;
    const rate = ((done + 1) / seconds).toFixed(0);
    print(`${done + 1} of ${runs} schedules, ${rate}/s, ${steps} steps, ${broken} with violations`);
  }
  return broken === 0;
}

// Whoever reads may have seen enough.
process.stdout.on('error', () => process.exit());

const wanted = parseArguments(process.argv.slice(2));
if (wanted === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  const { seed, trace } = wanted;
  const kept = seed === undefined ? await search(wanted) : await replay(seed, trace);
  process.exitCode = kept ? 0 : 1;
}
