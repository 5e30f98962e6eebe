import type { Figures } from '../figures.ts';
import { benchUser, tokenRequest } from '../load/call.ts';
import { Load } from '../load/load.ts';
import { ServerProcess } from '../server-process.ts';
import type { Sizes } from '../sizes.ts';
import { lowerQuartile, quantile } from '../statistics.ts';
import type { World } from '../world.ts';

const CONNECTIONS = 8;
const FILL_STREAMS = 12;
/** Few enough that no call waits long for another one: this is about the cache, not about queues. */
const STREAMS = 1;
/** Steps through users in no order that a cache would like; a prime, so that all have their turn. */
const STEP = 7_919;

/** What the cache costs when it is full of users, in memory and in the slowest calls. */
export async function measureManyUsers(world: World, sizes: Sizes): Promise<Partial<Figures>> {
  await using started = new AsyncDisposableStack();
  const server = await ServerProcess.start({
    file: 'many-users.ts',
    args: [JSON.stringify(world.serverFiles)],
    logFile: `${world.directory}/many-users.log`,
    flags: ['--expose-gc'],
  });
  started.defer(() => server.stop());
  const load = await Load.open(await world.target(server.port), CONNECTIONS);
  started.defer(() => load.close());
  const { fewUsers, manyUsers } = sizes;
  const fill = (from: number, to: number) =>
    load.run({
      calls: to - from,
      streams: FILL_STREAMS,
      message: (index) => tokenRequest(benchUser(from + index)),
    });
  // What is compiled and allocated once is there before the first look at the memory.
  await fill(0, fewUsers);
  for (let time = 0; time < sizes.latencyRounds; time += 1) await fill(0, fewUsers);
  const before = await used(server);
  await fill(fewUsers, manyUsers);
  const after = await used(server);
  const p99 = await compareLatency(load, sizes);
  return {
    memory_per_cached_user_bytes: (after - before) / (manyUsers - fewUsers),
    cached_users: manyUsers,
    p99_few_users_ms: p99.few,
    p99_many_users_ms: p99.many,
    p99_many_to_few_ratio: p99.many / p99.few,
  };
}

async function used(server: ServerProcess): Promise<number> {
  const { used: bytes = Number.NaN } = await server.ask('memory');
  return bytes;
}

/** The same process with the same full cache; only how many of its users are asked for differs. */
async function compareLatency(load: Load, sizes: Sizes): Promise<{ few: number; many: number }> {
  const p99s: { few: number[]; many: number[] } = { few: [], many: [] };
  let asked = 0;
  const round = async (name: 'few' | 'many', users: number) => {
    const message = () => {
      asked += 1;
      return tokenRequest(benchUser((asked * STEP) % users));
    };
    const { latencies } = await load.run({ calls: sizes.latencyCalls, streams: STREAMS, message });
    p99s[name].push(quantile(latencies, 0.99));
  };
  for (let time = 0; time < sizes.latencyRounds; time += 1) {
    await round('few', sizes.fewUsers);
    await round('many', sizes.manyUsers);
  }
  return { few: lowerQuartile(p99s.few), many: lowerQuartile(p99s.many) };
}
