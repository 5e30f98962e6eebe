import type { Figures } from '../figures.ts';
import { benchUser, tokenRequest } from '../load/call.ts';
import { Load } from '../load/load.ts';
import { ServerProcess } from '../server-process.ts';
import type { Sizes } from '../sizes.ts';
import { lowerQuartile, quantile } from '../statistics.ts';
import type { World } from '../world.ts';
import { type Contender, grpcContender, takeTurns } from './contender.ts';
import { kvReadContender } from './kv-read.ts';

const CONNECTIONS = 8;

/**
 * What a cached GetAccessToken costs, without a line of log and with one, beside a no-op handler twice
 * (the second one shows how far equal servers differ here), bare node:http2, and a KV v2 read in
 * OpenBao.
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
  const contend = async (server: ServerProcess, fixedReply?: Buffer) => {
    const load = await Load.open(await world.target(server.port), CONNECTIONS);
    started.defer(() => load.close());
    const reply = fixedReply ?? (await firstReply(load, message));
    const { callsPerRound } = sizes;
    return { reply, ...grpcContender({ server, load, callsPerRound, message, reply }) };
  };
  const start = async (file: string, ...args: readonly string[]) => {
    const logFile = `${world.directory}/${file}.log`;
    const server = await ServerProcess.start({ file, args, logFile });
    started.defer(() => server.stop());
    return server;
  };
  const cached = await contend(tokenVault);
  const { reply } = cached;
  const fixed = JSON.stringify({ ...world.serverFiles, reply: reply.toString('base64') });
  const contenders = [
    cached,
    await contend(await start('token-vault.ts', world.configFile, 'debug')),
    await contend(await start('no-op.ts', fixed), reply),
    await contend(await start('no-op.ts', fixed), reply),
    await contend(await start('bare-http2.ts', fixed), reply),
    await kvReadContender(world, sizes.readsPerRound, started),
  ];
  for (const contender of contenders) await contender.run(sizes.warmUpCalls);
  return await compare(contenders, tokenVault, sizes);
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

async function compare(
  contenders: readonly Contender[],
  tokenVault: ServerProcess,
  { rounds, callsPerRound }: Sizes,
): Promise<Partial<Figures>> {
  const before = await tokenVault.ask('upstream');
  const results = await takeTurns(contenders, rounds);
  const after = await tokenVault.ask('upstream');
  const [cached, logged, noOp, control, http2, kvRead] = results.map(({ cpuUs, rates }) => ({
    cpuUs: cpuUs.length === 0 ? null : lowerQuartile(cpuUs),
    // The rates that go with the lower quartile of the costs.
    rate: quantile(rates, 0.75),
  }));
  return {
    cached_call_cpu_us: cached?.cpuUs ?? null,
    noop_call_cpu_us: noOp?.cpuUs ?? null,
    cached_call_to_noop_cpu_ratio: ratio(cached?.cpuUs, noOp?.cpuUs),
    logged_call_to_noop_cpu_ratio: ratio(logged?.cpuUs, noOp?.cpuUs),
    noop_to_noop_cpu_ratio: ratio(control?.cpuUs, noOp?.cpuUs),
    http2_call_cpu_us: http2?.cpuUs ?? null,
    kv_read_cpu_us: kvRead?.cpuUs ?? null,
    cached_call_to_kv_read_cpu_ratio: ratio(cached?.cpuUs, kvRead?.cpuUs),
    cached_call_rate: cached?.rate ?? null,
    noop_rate: noOp?.rate ?? null,
    http2_rate: http2?.rate ?? null,
    cached_call_to_http2_rate_ratio: ratio(cached?.rate, http2?.rate),
    noop_to_http2_rate_ratio: ratio(noOp?.rate, http2?.rate),
    cached_calls_google_requests: difference(after.googleCount, before.googleCount),
    vault_requests_per_cached_call:
      difference(after.vaultCount, before.vaultCount) / (rounds * callsPerRound),
  };
}

function ratio(value: number | null | undefined, base: number | null | undefined): number | null {
  return value == null || base == null ? null : value / base;
}

function difference(after = Number.NaN, before = Number.NaN): number {
  return after - before;
}
