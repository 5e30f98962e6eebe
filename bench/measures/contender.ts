import type { Load } from '../load/load.ts';
import type { ServerProcess } from '../server-process.ts';
import { lowerQuartile, mean, quantile } from '../statistics.ts';

/** One of those that take turns in the rounds. */
export interface Contender {
  readonly callsPerRound: number;
  /** CPU time of its process so far, microseconds; undefined where the machine does not say. */
  cpuUs(): Promise<number | undefined>;
  /** Makes so many calls, each checked; resolves to the seconds that they took. */
  run(calls: number): Promise<number>;
}

/** What one contender showed in each of its rounds. */
export interface Rounds {
  /** CPU time per call, microseconds. */
  readonly cpuUs: number[];
  /** Calls per second. */
  readonly rates: number[];
}

/** What a call costs. */
export interface Costs {
  /** CPU time, microseconds; null where the machine does not say. */
  readonly cpuUs: number | null;
  /** Calls per second. */
  readonly rate: number;
}

/** The part of a round's calls that is made before it begins: a fifth. */
const LEAD_IN = 5;

/** Calls under way on each connection. */
export const STREAMS = 12;

export interface CallsOptions {
  readonly server: ServerProcess;
  readonly load: Load;
  readonly callsPerRound: number;
  readonly message: Uint8Array;
  /** What every reply must be. */
  readonly reply: Buffer;
}

/** Calls of one server over gRPC. */
export function grpcContender(options: CallsOptions): Contender {
  const { server, load, callsPerRound, message, reply } = options;
  const check = (given: Buffer) => {
    if (!given.equals(reply)) throw new Error('A server gave another reply than it should.');
  };
  return {
    callsPerRound,
    cpuUs: () => server.cpuUs(),
    run: async (calls) => {
      const done = await load.run({ calls, streams: STREAMS, message: () => message, check });
      return done.seconds;
    },
  };
}

/**
 * Lets them take turns, the other way round in every second round, so that what the neighbours on
 * the machine do hits all alike.
 * @param groups processes that are alike
 */
export async function takeTurns(
  groups: readonly (readonly Contender[])[],
  rounds: number,
): Promise<ReadonlyMap<Contender, Rounds>> {
  const turns = mixed(groups);
  const results = new Map(turns.map((contender) => [contender, { cpuUs: [], rates: [] }]));
  const order = [...results];
  for (let round = 0; round < rounds; round += 1) {
    for (const [contender, result] of round % 2 === 0 ? order : order.toReversed()) {
      await takeTurn(contender, result);
    }
  }
  return results;
}

/** The first of each group, then the second of each. */
function mixed(groups: readonly (readonly Contender[])[]): readonly Contender[] {
  const most = Math.max(...groups.map(({ length }) => length));
  return Array.from({ length: most }, (_, place) =>
    groups.flatMap((contenders) => contenders[place] ?? []),
  ).flat();
}

/** Of processes that are alike, the mean of what each showed where the neighbours disturbed it little. */
export function costsOf(processes: readonly Rounds[]): Costs {
  const told = processes.filter(({ cpuUs }) => cpuUs.length > 0);
  return {
    cpuUs: told.length === 0 ? null : mean(told.map(({ cpuUs }) => lowerQuartile(cpuUs))),
    // The rates that go with the lower quartile of the costs.
    rate: mean(processes.map(({ rates }) => quantile(rates, 0.75))),
  };
}

async function takeTurn(contender: Contender, result: Rounds): Promise<void> {
  const { callsPerRound } = contender;
  // The machine's caches hold another server's work yet: what that costs is nobody's.
  await contender.run(Math.ceil(callsPerRound / LEAD_IN));
  const before = await contender.cpuUs();
  const seconds = await contender.run(callsPerRound);
  const after = await contender.cpuUs();
  result.rates.push(callsPerRound / seconds);
  if (before !== undefined && after !== undefined) {
    result.cpuUs.push((after - before) / callsPerRound);
  }
}
