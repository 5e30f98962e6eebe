import { findOpenBao } from '../../src/dev/openbao/binary.ts';
import { FaultWorld } from '../../test/faults/world/fault-world.ts';
import type { ProofContext, Verdict } from '../proof.ts';
import { type Aftermath, aftermathOf } from './aftermath.ts';
import { BROKEN_FATES } from './fate.ts';
import { Run } from './run.ts';
import { tableOf } from './table.ts';

const FULL = { kills: 1_000, lanes: 4, patienceMs: 40_000 };
const QUICK = { kills: 3, lanes: 1, patienceMs: 500 };
const SHOWN_EVERY_MS = 60_000;

/**
 * A process that is killed in the middle of an exchange, a refresh or a revoke takes nothing with it
 * that was promised, whatever step it was at.
 */
export async function proveKills(context: ProofContext): Promise<Verdict> {
  const { directory: folder, quick, print } = context;
  const { kills, lanes, patienceMs } = quick ? QUICK : FULL;
  await using started = new AsyncDisposableStack();
  const binary = await findOpenBao({ ...context, report: print });
  const world = await FaultWorld.start({ binary, replicas: lanes + 1, folder });
  started.defer(() => world.close({ keep: true }));
  print(`${kills} kills at ${lanes} replicas, beside one that is never killed`);
  const run = new Run(world);
  const timer = setInterval(() => print(`${run.victims.length} kills`), SHOWN_EVERY_MS);
  started.defer(() => clearInterval(timer));
  await run.play(kills);
  print(`${run.missed} calls ended before their moment, and were tried again`);
  const aftermath = await aftermathOf(world, run.victims, patienceMs);
  for (const line of [...tableOf(aftermath.fates), ...troublesOf(aftermath)]) print(line);
  return verdictOn(aftermath);
}

/** A line for each user to whom something was done that must not be. */
function troublesOf({ fates, broken }: Aftermath): readonly string[] {
  const bad: ReadonlySet<string> = new Set(BROKEN_FATES);
  const users = [...fates].filter(([, fate]) => bad.has(fate));
  return [
    ...users.map(([{ user, aim, told }, fate]) => {
      const step = 'step' in aim ? `, ${aim.step.name}` : '';
      return `${user}: ${fate}; ${aim.path.name}${step}, ${aim.moment}; was told ${told}`;
    }),
    ...broken.map(({ user, checker, what }) => `${user}: ${checker}: ${what}`),
  ];
}

function verdictOn({ fates, broken, sentTwice }: Aftermath): Verdict {
  const victims = [...fates];
  const of = (...paths: readonly string[]) =>
    victims.filter(([{ aim }]) => paths.includes(aim.path.name)).length;
  const ended = (fate: string) => victims.filter(([, each]) => each === fate).length;
  const [lost, falseOk, unfinished] = BROKEN_FATES.map(ended);
  const where = `${of('exchange')} in exchanges, ${of('refresh', 'rotation')} in refreshes, ${of('revoke')} in revokes`;
  const sentence = [
    `${victims.length} kills (${where}): ${lost} lost, ${falseOk} false OK, ${sentTwice} codes sent twice, ${unfinished} revokes unfinished, ${broken.length} other promises broken`,
    `${ended('re-consent needed')} re-consents in the documented window, and ${ended('new code needed')} codes given up before Google gave anything.`,
  ].join('; ');
  const isBroken = [lost, falseOk, unfinished, sentTwice, broken.length].some(
    (count) => count !== 0,
  );
  return { held: !isBroken, sentence };
}
