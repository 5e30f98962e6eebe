import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { StartupProblems } from '../src/domain/startup-problems.ts';
import type { Proof } from './proof.ts';

/** Each is loaded when its turn comes: together they are most of the product, its tests and its benchmark. */
const PROOFS: ReadonlyMap<string, () => Promise<Proof>> = new Map([
  ['sigterm', async () => (await import('./sigterm/prove-sigterm.ts')).proveSigterm],
  ['frames', async () => (await import('./frames/prove-frames.ts')).proveFrames],
  ['policy', async () => (await import('./policy/prove-policy.ts')).provePolicy],
  [
    'decision-cost',
    async () => (await import('./decision-cost/prove-decision-cost.ts')).proveDecisionCost,
  ],
  ['bench', async () => (await import('./prove-bench.ts')).proveBench],
  ['simulation', async () => (await import('./simulation/prove-simulation.ts')).proveSimulation],
  ['revocation', async () => (await import('./revocation/prove-revocation.ts')).proveRevocation],
  ['leaders', async () => (await import('./leaders/prove-leaders.ts')).proveLeaders],
  ['kills', async () => (await import('./kills/prove-kills.ts')).proveKills],
  ['overload', async () => (await import('./overload/prove-overload.ts')).proveOverload],
  ['rotations', async () => (await import('./rotations/prove-rotations.ts')).proveRotations],
]);
const USAGE = `npm run prove [-- --quick] [${[...PROOFS.keys()].join('] [')}]; without a name: all`;

const print = (line: string) => void process.stdout.write(`${line}\n`);

// An end by a signal alone would leave servers behind: they are killed when this process exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
process.exitCode = await main();
// OpenBao's pipes and idle connections must not keep a finished process alive.
process.exit();

async function main(): Promise<number> {
  const args = readArguments();
  if (args === undefined) {
    print(USAGE);
    return 1;
  }
  let code = 0;
  for (const [name, load] of PROOFS) {
    if (args.names.length > 0 && !args.names.includes(name)) continue;
    if (!(await holds(name, await load(), args.quick))) code = 1;
  }
  return code;
}

function readArguments() {
  const options = { quick: { type: 'boolean', default: false } } as const;
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (!positionals.every((name) => PROOFS.has(name))) return undefined;
    return { quick: values.quick, names: positionals };
  } catch {
    // The usage line says all that parseArgs could.
    return undefined;
  }
}

async function holds(name: string, proof: Proof, quick: boolean): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), `tokenvault-prove-${name}-`));
  try {
    const context = { directory, cacheDir: '.cache', env: process.env, quick, print };
    const { held, sentence } = await proof(context);
    print(`${name} ${held ? 'holds' : 'MISSED'}: ${sentence}`);
    if (held) await rm(directory, { recursive: true, force: true });
    else print(`What the servers logged is in ${directory}.`);
    return held;
  } catch (error) {
    for (const line of linesOf(error)) print(line);
    print(`${name} could not be tried. What the servers logged is in ${directory}.`);
    return false;
  }
}

function linesOf(error: unknown): readonly string[] {
  return error instanceof StartupProblems ? error.problems : [inspect(error)];
}
