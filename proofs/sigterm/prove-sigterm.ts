import { setTimeout as wait } from 'node:timers/promises';
import { startWorld } from '../../bench/world.ts';
import { headOf, lineOf } from '../columns.ts';
import type { ProofContext, Verdict } from '../proof.ts';
import { exchangeCaller, tokenCallers } from './callers.ts';
import { Fleet } from './fleet.ts';
import { ROUND_COLUMNS, type Round } from './round.ts';
import { SteadyLoad } from './steady-load.ts';

interface Sizes {
  readonly rounds: number;
  readonly callsPerSecond: number;
  readonly exchangesPerSecond: number;
  readonly users: number;
}

const FULL: Sizes = { rounds: 20, callsPerSecond: 500, exchangesPerSecond: 10, users: 40 };
const QUICK: Sizes = { rounds: 2, callsPerSecond: 60, exchangesPerSecond: 4, users: 4 };
/** How long Google takes, so that exchanges and refreshes are under way at any time. */
const GOOGLE_MS = 300;
/** Under load before a signal, and with one replica after it. */
const SETTLE_MS = 1_000;

/**
 * SIGTERM takes no call with it: of two replicas one after the other is told to stop under load and
 * comes back, while services ask for tokens and the gateway exchanges codes.
 */
export async function proveSigterm(context: ProofContext): Promise<Verdict> {
  const { print, quick } = context;
  const sizes = quick ? QUICK : FULL;
  await using started = new AsyncDisposableStack();
  const world = await startWorld({ ...context, report: print }, started);
  const fleet = await Fleet.start(world, started);
  const users = Array.from({ length: sizes.users }, (_, index) => `reader-${index}`);
  await world.signIn(fleet.balancer.port, users);
  world.google.faults.add({ path: '/token', delayMs: GOOGLE_MS, times: Infinity });
  const load = startLoad(fleet, sizes, started);
  print(
    `SIGTERM under ${sizes.callsPerSecond} calls/s and ${sizes.exchangesPerSecond} exchanges/s`,
  );
  print(headOf(ROUND_COLUMNS));
  const rounds: Round[] = [];
  for (let number = 1; number <= sizes.rounds; number += 1) {
    const round = await playRound(number, fleet, load);
    rounds.push(round);
    print(lineOf(ROUND_COLUMNS, round));
  }
  await Promise.all([load.tokens.stop(), load.exchanges.stop()]);
  const rest = { tokens: load.tokens.take(), exchanges: load.exchanges.take() };
  for (const [how, times] of [...load.tokens.failures, ...load.exchanges.failures]) {
    print(`failed ${times} times: ${how}`);
  }
  return verdict(rounds, rest);
}

interface Load {
  readonly tokens: SteadyLoad;
  readonly exchanges: SteadyLoad;
}

function startLoad(fleet: Fleet, sizes: Sizes, started: AsyncDisposableStack): Load {
  const tokens = new SteadyLoad({
    what: 'GetAccessToken',
    callers: tokenCallers(fleet, started),
    perSecond: sizes.callsPerSecond,
    userOf: (index) => `reader-${index % sizes.users}`,
  });
  const exchanges = new SteadyLoad({
    what: 'ExchangeCode',
    callers: [exchangeCaller(fleet, started)],
    perSecond: sizes.exchangesPerSecond,
    userOf: (index) => `newcomer-${index}`,
  });
  return { tokens, exchanges };
}

/** The replica that most calls go to is stopped, and comes back when it has ended. */
async function playRound(number: number, fleet: Fleet, load: Load): Promise<Round> {
  await fleet.called();
  await wait(SETTLE_MS);
  const port = fleet.balancer.current();
  const underWay = { tokens: load.tokens.underWay, exchanges: load.exchanges.underWay };
  const end = await fleet.terminateReplica(port);
  await wait(SETTLE_MS);
  await fleet.startReplica(port);
  const replica = fleet.ports.indexOf(port) + 1;
  const [tokens, exchanges] = [load.tokens.take(), load.exchanges.take()];
  return { number, replica, underWay, end, tokens, exchanges };
}

function verdict(rounds: readonly Round[], rest: Pick<Round, 'tokens' | 'exchanges'>): Verdict {
  const parts = [...rounds, rest];
  const sum = (of: (part: Pick<Round, 'tokens' | 'exchanges'>) => number) =>
    parts.reduce((total, part) => total + of(part), 0);
  const [calls, failedCalls] = [
    sum(({ tokens }) => tokens.ended),
    sum(({ tokens }) => tokens.failed),
  ];
  const exchanges = sum((part) => part.exchanges.ended);
  const failedExchanges = sum((part) => part.exchanges.failed);
  const cleanExits = rounds.filter(({ end }) => end.exitCode === 0).length;
  const slowest = Math.max(...rounds.map(({ end }) => end.ms));
  const sentence = [
    `${failedCalls} of ${calls} calls and ${failedExchanges} of ${exchanges} exchanges failed`,
    `${cleanExits} of ${rounds.length} processes exited with 0, the slowest after ${Math.round(slowest)} ms`,
  ].join('; ');
  const held = failedCalls + failedExchanges === 0 && cleanExits === rounds.length;
  return { held, sentence: `${sentence}.` };
}
