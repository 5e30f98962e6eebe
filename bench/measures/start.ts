import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Figures } from '../figures.ts';
import { LoadConnection } from '../load/load-connection.ts';
import type { Sizes } from '../sizes.ts';
import { median } from '../statistics.ts';
import type { World } from '../world.ts';

const LAUNCHER = resolve(import.meta.dirname, '../../bin/tokenvault.js');
const HEALTH_CHECK = '/grpc.health.v1.Health/Check';
/** A HealthCheckResponse that says SERVING. */
const SERVING = Buffer.from([0x08, 0x01]);

/** How long `tokenvault serve` takes to hand out tokens, with a Vault that is up. */
export async function measureStart(world: World, { starts }: Sizes): Promise<Partial<Figures>> {
  const fromProcess: number[] = [];
  const fromVault: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const { sinceProcess, sinceVault } = await startOnce(world);
    fromProcess.push(sinceProcess);
    fromVault.push(sinceVault);
  }
  return { start_ms: median(fromVault), start_process_ms: median(fromProcess) };
}

async function startOnce(world: World) {
  await using started = new AsyncDisposableStack();
  const watched = await watchVault(world.vault.openBao.address, started);
  const startedAt = performance.now();
  // The ops listener's own port may be another service's here.
  const settings = [`vault.addresses=${watched.address}`, 'ops.address=127.0.0.1:0'];
  const flags = settings.flatMap((setting) => ['--set', setting]);
  const args = [LAUNCHER, 'serve', '--config', world.configFile, ...flags];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const kill = () => void child.kill();
  process.on('exit', kill);
  started.defer(async () => {
    kill();
    await ended;
    process.off('exit', kill);
  });
  const port = await servingPort(child.stdout);
  const connection = await LoadConnection.open(await world.target(port, HEALTH_CHECK));
  started.defer(() => connection.close());
  const health = await connection.call(Buffer.alloc(0));
  if (!health.equals(SERVING)) throw new Error('The service started and is not SERVING.');
  const now = performance.now();
  return { sinceProcess: now - startedAt, sinceVault: now - watched.firstAnswerAt() };
}

/** A way to Vault that knows when the first answer came through it. */
async function watchVault(address: string, started: AsyncDisposableStack) {
  const { hostname, port } = new URL(address);
  let firstAnswerAt = Number.NaN;
  const server = createServer((inward) => {
    const outward = connect(Number(port), hostname);
    inward.pipe(outward).pipe(inward);
    inward.on('error', () => outward.destroy());
    outward.on('error', () => inward.destroy());
    outward.once('data', () => {
      if (Number.isNaN(firstAnswerAt)) firstAnswerAt = performance.now();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  started.defer(() => void server.close());
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('A TCP port has a number.');
  return { address: `http://127.0.0.1:${bound.port}`, firstAnswerAt: () => firstAnswerAt };
}

/** Of the log's line that says that the service serves. */
async function servingPort(log: NodeJS.ReadableStream): Promise<number> {
  for await (const line of createInterface(log)) {
    const [, port] = /"event":"serving".*"port":(\d+)/.exec(line) ?? [];
    if (port !== undefined) return Number(port);
  }
  throw new Error('The service did not start.');
}
