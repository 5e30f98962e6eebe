import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { StartupProblems } from '../src/domain/startup-problems.ts';
import { brokenPromises } from './promises.ts';
import { createReport, reportLines } from './report.ts';
import { runBenchmark } from './run-benchmark.ts';
import { FULL, QUICK } from './sizes.ts';

// An end by a signal alone would leave OpenBao behind: it is killed when this process exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
process.exitCode = await main();
// OpenBao's pipes and idle connections must not keep a finished process alive.
process.exit();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  if (values.quick && values.check) {
    say('The figures of a quick run mean nothing: leave out --quick or --check.');
    return 2;
  }
  const directory = await mkdtemp(join(tmpdir(), 'tokenvault-bench-'));
  const world = { directory, cacheDir: '.cache', env: process.env, report: say };
  try {
    const figures = await runBenchmark(world, values.quick ? QUICK : FULL);
    const report = createReport(figures, values.quick);
    process.stdout.write(`${reportLines(report).join('\n')}\n`);
    if (values.json !== undefined) {
      await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
    }
    await rm(directory, { recursive: true, force: true });
    const broken = values.check ? brokenPromises(figures) : [];
    broken.forEach(say);
    return broken.length === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof StartupProblems) error.problems.forEach(say);
    else say(inspect(error));
    say(`What the servers logged is in ${directory}.`);
    return 1;
  }
}
