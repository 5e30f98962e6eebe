import { inspect, parseArgs } from 'node:util';
import { findOpenBao } from '../../src/dev/openbao/binary.ts';
import { Nemesis } from './nemesis/nemesis.ts';
import { report } from './report.ts';
import { Seeded } from './workload/seeded.ts';
import { Workload } from './workload/workload.ts';
import { FaultWorld } from './world/fault-world.ts';

const REPLICAS = 3;
const CALLERS = 12;
const USERS = 12;
const PROGRESS_EVERY_MS = 10_000;

// An end by a signal alone would leave processes behind: they are killed when this one exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
process.exitCode = await main();
// Pipes and idle connections must not keep a finished process alive.
process.exit();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' } },
  });
  const minutes = Number(values.minutes);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
    say('npm run torture -- [--minutes N] [--seed S]');
    return 1;
  }
  const binary = await findOpenBao({ cacheDir: '.cache', env: process.env, report: say });
  say(`Seed ${seed}; ${minutes} min. The seed repeats the calls and faults, not their meeting.`);
  const world = await FaultWorld.start({ binary, replicas: REPLICAS });
  let broken = true;
  try {
    const result = await torture(world, { minutes, seed });
    process.stdout.write(`${report(result)}\n`);
    broken = result.violations.length > 0;
  } catch (error) {
    // Something could not be mended again, which is as bad as a broken promise.
    say(inspect(error));
  }
  await world.close({ keep: broken });
  if (broken) say(`What the processes printed, and each story, is in ${world.folder}.`);
  return broken ? 1 : 0;
}

async function torture(
  world: FaultWorld,
  plan: { readonly minutes: number; readonly seed: number },
) {
  const random = new Seeded(plan.seed);
  const workload = new Workload({ world, random, callers: CALLERS, users: USERS });
  workload.start();
  const nemesis = new Nemesis(world, random.fork());
  const end = performance.now() + plan.minutes * 60_000;
  const progress = setInterval(() => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1_000));
    say(`${workload.tally.total} calls, ${nemesis.tally.total} faults, ${left} s left`);
  }, PROGRESS_EVERY_MS);
  await new Promise((over) => setTimeout(over, plan.minutes * 60_000));
  clearInterval(progress);
  await nemesis.stop();
  await workload.stop();
  say('Everything is mended now; reading what is left.');
  await world.settle();
  await workload.lastLook();
  return {
    ...plan,
    operations: workload.tally,
    faults: nemesis.tally,
    users: world.histories.users.length,
    violations: await world.verdict(),
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
