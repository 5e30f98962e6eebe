import { spawn } from 'node:child_process';
import { NODE_FLAGS } from '../node-flags.ts';
import { simulate } from '../simulate.ts';
import type { Mutant } from './mutant.ts';
import { mutatedCopy } from './mutated-copy.ts';

export interface Budget {
  readonly runs: number;
  readonly from: number;
  readonly seconds: number;
}

export interface Hunted {
  readonly mutant: Mutant;
  /** The checkers that found it; none where it was not caught. */
  readonly caughtBy: readonly string[];
  /** The seed that shows it. */
  readonly seed?: number;
  readonly seconds: number;
  /** What the search said, where it ended in another way. */
  readonly trouble?: string;
}

/** Searches the broken code until it breaks a promise that the whole code keeps, or the budget is over. */
export async function hunt(mutant: Mutant, { runs, from, seconds }: Budget): Promise<Hunted> {
  const begun = performance.now();
  const copy = await mutatedCopy(mutant);
  try {
    const words = ['--runs', String(runs), '--from', String(from), '--first'];
    if (mutant.inDuels) words.push('--duels');
    const { code, output } = await search(copy.folder, words, seconds * 1_000);
    const took = (performance.now() - begun) / 1_000;
    const found = /^seed (\d+): /m.exec(output);
    const seed = found?.[1] === undefined ? {} : { seed: Number(found[1]) };
    if (seed.seed !== undefined && (await simulate(seed.seed)).violations.length > 0) {
      return {
        mutant,
        caughtBy: [],
        seconds: took,
        trouble: `seed ${seed.seed} fails unbroken, too`,
      };
    }
    const checkers = [...output.matchAll(/^ {2}([^:]+): /gm)].map(([, checker = '']) => checker);
    const caughtBy = code === 1 && found !== null ? [...new Set(checkers)] : [];
    const crashed = code !== 0 && code !== null && found === null;
    const trouble = crashed ? { trouble: output.slice(-600) } : {};
    return { mutant, caughtBy, seconds: took, ...seed, ...trouble };
  } finally {
    await copy.remove();
  }
}

function search(
  cwd: string,
  words: readonly string[],
  timeout: number,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const command = [...NODE_FLAGS, 'test/simulation/main.ts', ...words];
    const child = spawn(process.execPath, command, { cwd, timeout });
    let output = '';
    const add = (chunk: Buffer) => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
