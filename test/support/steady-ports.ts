import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what Linux, macOS and Windows give to outgoing connections. */
const LOWEST = 10_000;
const HIGHEST = 32_000;
const TRIES = 1_000;

/**
 * Loopback ports that nobody listens on and that no outgoing connection is given: a server that is
 * killed finds its own port free when it comes again.
 */
export async function steadyPorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries += 1) {
    if (tries === TRIES) throw new Error('no free ports');
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const listening = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (listening) await new Promise((closed) => server.close(closed));
  return listening;
}
