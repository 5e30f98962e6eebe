import { startWorld, type World } from '../../bench/world.ts';
import type { ProofContext, Verdict } from '../proof.ts';
import { type BrokenFile, breakPolicyFile } from './broken-file.ts';
import { callInProcess } from './in-process.ts';
import { callOverSockets } from './over-sockets.ts';
import { CORP, NARROW } from './rules.ts';
import { Served } from './served.ts';
import type { Tally } from './tally.ts';
import { domainOf, isStranger, userName } from './wishes.ts';

const FULL = {
  inProcess: { calls: 1_000_000, users: 1_000 },
  overSockets: { calls: 10_000, users: 200 },
  broken: { callsPerSecond: 500, holdMs: 3_000 },
};
const QUICK = {
  inProcess: { calls: 5_000, users: 100 },
  overSockets: { calls: 300, users: 20 },
  broken: { callsPerSecond: 60, holdMs: 200 },
};
const SEED = 20_261_129;

/**
 * No caller gets more than the policy gives it: not another user's token, none for another client,
 * none that is wider; and a policy file that is broken under load takes nothing from anybody.
 */
export async function provePolicy(context: ProofContext): Promise<Verdict> {
  const { print, quick } = context;
  const sizes = quick ? QUICK : FULL;
  const tallies = [await callInProcess({ ...sizes.inProcess, seed: SEED })];
  report('in process', tallies[0], print);
  await using started = new AsyncDisposableStack();
  const names = Array.from({ length: sizes.overSockets.users }, (_, index) => userName(index));
  const users = names.map((sub) => ({ sub, hostedDomain: domainOf(sub) }));
  const world: World = await startWorld({ ...context, users, report: print }, started);
  const served = await Served.start(world, NARROW.yaml, started);
  tallies.push(await callOverSockets({ world, served }, { ...sizes.overSockets, seed: SEED }));
  report('over sockets', tallies[1], print);
  const workers = names.filter((name, index) => domainOf(name) === CORP && !isStranger(index));
  const broken = await breakPolicyFile(served, { ...sizes.broken, users: workers });
  for (const [how, times] of broken.failures) print(`failed ${times} times: ${how}`);
  return verdict(tallies, broken);
}

function report(where: string, tally: Tally | undefined, print: ProofContext['print']): void {
  if (tally === undefined) return;
  print(`${where}: ${tally.line}`);
  for (const line of tally.wrong) print(`wrong: ${line}`);
}

function verdict(tallies: readonly Tally[], broken: BrokenFile): Verdict {
  const [inProcess, overSockets] = tallies.map(({ calls, tokens }) => ({ calls, tokens }));
  const wrong = tallies.flatMap((tally) => tally.wrong).length;
  const { calls, failed, breakages, refused, taken } = broken;
  const sentence = [
    `${wrong} wrong among ${inProcess?.calls} calls in process (${inProcess?.tokens} tokens) and ${overSockets?.calls} over sockets (${overSockets?.tokens} tokens)`,
    `${refused} of ${breakages} broken policy files refused, ${failed} of ${calls} calls failed meanwhile`,
    taken ? 'the next good one held' : 'the next good one was not taken',
  ].join('; ');
  const held = wrong === 0 && refused === breakages && failed === 0 && taken;
  return { held, sentence: `${sentence}.` };
}
