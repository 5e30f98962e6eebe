import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { findOpenBao } from '../../src/dev/openbao/binary.ts';
import type { RevocationSettings } from '../../src/domain/revocation-store.ts';
import { FaultWorld } from '../../test/faults/world/fault-world.ts';
import { headOf, lineOf } from '../columns.ts';
import type { ProofContext, Verdict } from '../proof.ts';
import { inOutages, linesOf, percent, shareOf, spread } from './figures.ts';
import { type LoadSizes, startLoad } from './load.ts';
import { playRound, ROUND_COLUMNS, type Round, type RoundOptions } from './round.ts';
import { KINDS, type VaultCall } from './vault-calls.ts';

interface Plan extends LoadSizes, Pick<RoundOptions, 'settleMs'> {
  readonly mode: RevocationSettings['mode'];
  readonly kills: number;
}

interface Result {
  readonly rounds: readonly Round[];
  /** Calls that the caches can answer. */
  readonly cached: { readonly all: number; readonly failed: number };
  readonly calls: readonly VaultCall[];
}

const REPLICAS = 3;
const FULL: LoadSizes = {
  readers: 40,
  cachedPerSecond: 500,
  vaultPerSecond: 5,
  deadlineMs: 10_000,
  ahead: 200,
};
/** On a machine that does other work meanwhile, a deadline would only tell how much. */
const QUICK: LoadSizes = {
  readers: 4,
  cachedPerSecond: 60,
  vaultPerSecond: 2,
  deadlineMs: 45_000,
  ahead: 60,
};
/** The second mode is shown, and claims nothing. */
const KILLS = { claimed: 20, shown: 3, quick: 1 };
const SETTLE_MS = { full: 3_000, quick: 500 };
/** Of one kill there are too few calls for a hundredth. */
const LEAST_SHARE = { full: 0.99, quick: 0.8 };

/**
 * A leader of Vault that dies takes no cached call with it, in mode `available`, and hardly one that
 * needs Vault, where its caller is patient for ten seconds.
 */
export async function proveLeaders(context: ProofContext): Promise<Verdict> {
  const { quick, print } = context;
  const size = quick ? 'quick' : 'full';
  const sizes = { ...(quick ? QUICK : FULL), settleMs: SETTLE_MS[size] };
  const kills = quick ? KILLS.quick : KILLS.claimed;
  const result = await run({ ...sizes, mode: 'available', kills }, context);
  if (!quick) {
    const { cached, calls } = await run({ ...sizes, mode: 'strict', kills: KILLS.shown }, context);
    print(
      `in mode strict ${cached.failed} of ${cached.all} cached calls failed, ${percent(shareOf(calls))} of the others went well`,
    );
  }
  return verdict(result, { leastShare: LEAST_SHARE[size], deadlineMs: sizes.deadlineMs });
}

async function run(plan: Plan, context: ProofContext): Promise<Result> {
  const { print, cacheDir, env, directory } = context;
  const binary = await findOpenBao({ cacheDir, env, report: print });
  const { mode, kills } = plan;
  const folder = await mkdtemp(join(directory, `${mode}-`));
  const set = { 'log.level': 'info' };
  const world = await FaultWorld.start({ binary, folder, replicas: REPLICAS, mode, set });
  try {
    const vaultPerSecond = KINDS.length * plan.vaultPerSecond;
    print(
      `mode ${mode}: ${kills} kills under ${plan.cachedPerSecond} cached calls/s and ${vaultPerSecond}/s that need Vault`,
    );
    return await killLeaders(world, plan, print);
  } finally {
    await world.close({ keep: true });
  }
}

async function killLeaders(
  world: FaultWorld,
  plan: Plan,
  print: ProofContext['print'],
): Promise<Result> {
  const load = await startLoad(world, plan);
  print(headOf(ROUND_COLUMNS));
  const rounds: Round[] = [];
  for (let number = 1; number <= plan.kills; number += 1) {
    const round = await playRound({ number, settleMs: plan.settleMs }, world, load);
    rounds.push(round);
    print(lineOf(ROUND_COLUMNS, round));
  }
  await load.stop();
  for (const { failures } of [load.cached, ...load.vault]) {
    for (const [how, times] of failures) print(`failed ${times} times: ${how}`);
  }
  const { ended } = load.calls;
  for (const line of linesOf(ended)) print(line);
  print(`a new leader: ${spread(rounds.map(({ leaderMs }) => leaderMs))}`);
  print(`every replica reads from Vault again: ${spread(rounds.map(({ servesMs }) => servesMs))}`);
  const parts = [...rounds.map(({ cached }) => cached), load.cached.take()];
  const sum = (of: (part: Round['cached']) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const cached = { all: sum((part) => part.ended), failed: sum((part) => part.failed) };
  return { rounds, cached, calls: ended };
}

interface Demands extends Pick<LoadSizes, 'deadlineMs'> {
  /** Of calls that need Vault. */
  readonly leastShare: number;
}

function verdict({ rounds, cached, calls }: Result, { leastShare, deadlineMs }: Demands): Verdict {
  const [all, inOutage] = [shareOf(calls), shareOf(inOutages(calls, rounds))];
  const sentence = [
    `${rounds.length} kills: ${cached.failed} of ${cached.all} cached calls failed`,
    `of ${all.all} calls that need Vault ${percent(all)} ended OK within ${deadlineMs / 1_000} s`,
    `of the ${inOutage.all} that began before the new leader served ${percent(inOutage)}`,
  ].join('; ');
  const held = cached.failed === 0 && all.ok >= leastShare * all.all;
  return { held, sentence: `${sentence}.` };
}
