import type { Figures } from '../figures.ts';
import { benchUser, tokenRequest } from '../load/call.ts';
import { Load } from '../load/load.ts';
import { ServerProcess } from '../server-process.ts';
import type { Sizes } from '../sizes.ts';
import type { World } from '../world.ts';
import { type Contender, costsOf, grpcContender, type Rounds, takeTurns } from './contender.ts';
import { kvReadContender } from './kv-read.ts';

const CONNECTIONS = 8;

/**
 * What a cached GetAccessToken costs, without a line of log and with one, beside a no-op handler twice
 * (the second one shows how far equal servers differ here), bare node:http2, and a KV v2 read in
 * OpenBao. What is promised is measured in several processes.
 */
export async function measureCachedCall(
  world: World,
  tokenVault: ServerProcess,
  sizes: Sizes,
): Promise<Partial<Figures>> {
  await using started = new AsyncDisposableStack();
  const user = benchUser(0);
  await world.signIn(tokenVault.port, [user]);
  const message = tokenRequest(user);
  const { processes, callsPerRound } = sizes;
  const contend = async (server: ServerProcess, fixedReply?: Buffer) => {
    const load = await Load.open(await world.target(server.port), CONNECTIONS);
    started.defer(() => load.close());
    const reply = fixedReply ?? (await firstReply(load, message));
    return { reply, ...grpcContender({ server, load, callsPerRound, message, reply }) };
  };
  const start = async (count: number, file: string, ...args: readonly string[]) => {
    const servers: ServerProcess[] = [];
    while (servers.length < count) {
      const logFile = `${world.directory}/${file}.log`;
      const server = await ServerProcess.start({ file, args, logFile });
      started.defer(() => server.stop());
      servers.push(server);
    }
    return servers;
  };
  const contendAll = (servers: readonly ServerProcess[], reply?: Buffer) =>
    Promise.all(servers.map((server) => contend(server, reply)));
  const others = await start(processes - 1, 'token-vault.ts', world.configFile);
  const services = [tokenVault, ...others];
  const first = await contend(tokenVault);
  const { reply } = first;
  const fixed = JSON.stringify({ ...world.serverFiles, reply: reply.toString('base64') });
  const groups = {
    cached: [first, ...(await contendAll(others))],
    logged: await contendAll(await start(1, 'token-vault.ts', world.configFile, 'debug')),
    noOp: await contendAll(await start(processes, 'no-op.ts', fixed), reply),
    control: await contendAll(await start(processes, 'no-op.ts', fixed), reply),
    http2: await contendAll(await start(1, 'bare-http2.ts', fixed), reply),
    kvRead: [await kvReadContender(world, sizes.readsPerRound, started)],
  };
  for (const contender of Object.values(groups).flat()) await contender.run(sizes.warmUpCalls);
  const before = await upstreamOf(services);
  const results = await takeTurns(Object.values(groups), sizes.rounds);
  const after = await upstreamOf(services);
  const calls = processes * sizes.rounds * callsPerRound;
  return {
    ...figuresOf(groups, results),
    cached_calls_google_requests: after.google - before.google,
    vault_requests_per_cached_call: (after.vault - before.vault) / calls,
  };
}

/** Requests so far, of all of them together. */
async function upstreamOf(services: readonly ServerProcess[]) {
  const asked = await Promise.all(services.map((service) => service.ask('upstream')));
  const sum = (name: string) =>
    asked.reduce((all, answer) => all + (answer[name] ?? Number.NaN), 0);
  return { google: sum('googleCount'), vault: sum('vaultCount') };
}

async function firstReply(load: Load, message: Uint8Array): Promise<Buffer> {
  let reply: Buffer | undefined;
  const check = (given: Buffer) => {
    reply = given;
  };
  await load.run({ calls: 1, streams: 1, message: () => message, check });
  if (reply === undefined) throw new Error('GetAccessToken gave no reply.');
  return Buffer.from(reply);
}

type Groups = Readonly<
  Record<'cached' | 'logged' | 'noOp' | 'control' | 'http2' | 'kvRead', readonly Contender[]>
>;

function figuresOf(groups: Groups, results: ReadonlyMap<Contender, Rounds>): Partial<Figures> {
  const costs = (...contenders: readonly Contender[]) =>
    costsOf(contenders.flatMap((contender) => results.get(contender) ?? []));
  const [cached, http2] = [costs(...groups.cached), costs(...groups.http2)];
  const kvRead = costs(...groups.kvRead);
  const floor = costs(...groups.noOp, ...groups.control);
  return {
    cached_call_cpu_us: cached.cpuUs,
    noop_call_cpu_us: floor.cpuUs,
    cached_call_to_noop_cpu_ratio: ratio(cached.cpuUs, floor.cpuUs),
    logged_call_to_noop_cpu_ratio: ratio(costs(...groups.logged).cpuUs, floor.cpuUs),
    noop_to_noop_cpu_ratio: ratio(costs(...groups.control).cpuUs, costs(...groups.noOp).cpuUs),
    http2_call_cpu_us: http2.cpuUs,
    kv_read_cpu_us: kvRead.cpuUs,
    cached_call_to_kv_read_cpu_ratio: ratio(cached.cpuUs, kvRead.cpuUs),
    cached_call_rate: cached.rate,
    noop_rate: floor.rate,
    http2_rate: http2.rate,
    cached_call_to_http2_rate_ratio: cached.rate / http2.rate,
    noop_to_http2_rate_ratio: floor.rate / http2.rate,
  };
}

function ratio(value: number | null, base: number | null): number | null {
  return value === null || base === null ? null : value / base;
}
