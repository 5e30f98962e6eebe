import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findOpenBao } from '../../src/dev/openbao/binary.ts';
import { storyOf } from '../../test/faults/history/story.ts';
import { Seeded } from '../../test/faults/workload/seeded.ts';
import { FaultWorld } from '../../test/faults/world/fault-world.ts';
import type { ProofContext, Verdict } from '../proof.ts';
import { LogWatch } from './log-watch.ts';
import { Race } from './race.ts';
import { figuresOf } from './race-figures.ts';
import { Summary } from './summary.ts';

interface Sizes {
  readonly races: number;
  readonly sideBySide: number;
}

const REPLICAS = 3;
const FULL: Sizes = { races: 10_000, sideBySide: 40 };
const QUICK: Sizes = { races: 12, sideBySide: 12 };
/** How long Google takes for a token, so that a revocation meets refreshes under way. */
const GOOGLE_MS = 100;
/** Every third user consents again. */
const CONSENTS_AGAIN = 3;
/** A race that a failing call ended is run again, up to this share of all. */
const REPEATED_SHARE = 0.01;
const PROGRESS_EVERY_MS = 60_000;

/**
 * In mode `strict` no call of GetAccessToken that begins after RevokeUser's OK gets a token of the
 * earlier consent, at any replica, and the last such token has left within the bound.
 */
export async function proveRevocation(context: ProofContext): Promise<Verdict> {
  const { print, quick, cacheDir, env, directory: folder } = context;
  const sizes = quick ? QUICK : FULL;
  const binary = await findOpenBao({ cacheDir, env, report: print });
  // A line for each call would be gigabytes.
  const set = { 'log.level': 'info' };
  const world = await FaultWorld.start({ binary, folder, replicas: REPLICAS, mode: 'strict', set });
  try {
    world.app.google.faults.add({ path: '/token', delayMs: GOOGLE_MS, times: Infinity });
    print(
      `${sizes.races} races, ${sizes.sideBySide} side by side; ${REPLICAS} replicas, mode strict`,
    );
    const summary = await runAll(world, sizes, print);
    summary.print(print);
    return summary.verdict(sizes.races, !quick);
  } finally {
    await world.close({ keep: true });
  }
}

async function runAll(
  world: FaultWorld,
  { races, sideBySide }: Sizes,
  print: ProofContext['print'],
): Promise<Summary> {
  const summary = new Summary();
  const random = new Seeded(Date.now());
  const watch = new LogWatch(world.vault.revocations);
  const most = races * (1 + REPEATED_SHARE);
  let begun = 0;
  const lane = async () => {
    while (begun < Math.min(most, races + summary.failures)) {
      begun += 1;
      await runOne(world, { watch, summary, random: random.fork(), number: begun });
    }
  };
  const progress = setInterval(() => print(`${begun} races have begun`), PROGRESS_EVERY_MS);
  try {
    await Promise.all(Array.from({ length: sideBySide }, lane));
  } finally {
    clearInterval(progress);
    await watch.stop();
  }
  return summary;
}

interface Parts {
  readonly watch: LogWatch;
  readonly summary: Summary;
  readonly random: Seeded;
  readonly number: number;
}

async function runOne(world: FaultWorld, { watch, summary, random, number }: Parts) {
  const user = `racer-${number}`;
  const consentsAgain = number % CONSENTS_AGAIN === 0;
  const { histories } = world;
  try {
    const consents = await new Race(world, { user, random, consentsAgain }).run();
    const loggedAt = watch.before(world.vault.keyedHash.of('user', user));
    if (loggedAt === undefined) throw new Error('The log never had the user.');
    summary.add(figuresOf(histories.of(user), consents, loggedAt));
  } catch (error) {
    summary.fail(error instanceof Error ? error.message : 'unexpected');
  }
  const broken = histories.violationsOf(user);
  summary.broken(broken);
  if (broken.length > 0) {
    await writeFile(join(world.folder, `${user}.txt`), storyOf(histories.of(user)));
  }
  histories.forget(user);
}
