import { createServer } from 'node:net';

/**
 * Two loopback ports that nobody listened on a moment ago: OpenBao cannot take port 0. Both are held
 * until both are known, so that they differ.
 */
export async function freePorts(count: 2): Promise<[number, number]> {
  const held = await Promise.all(Array.from({ length: count }, holdPort));
  await Promise.all(held.map(({ release }) => release()));
  const [first, second] = held;
  if (first === undefined || second === undefined) throw new Error('no free port');
  return [first.port, second.port];
}

function holdPort(): Promise<{ port: number; release: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') {
        reject(new Error('no port'));
        return;
      }
      const release = () => new Promise<void>((done) => server.close(() => done()));
      resolve({ port: address.port, release });
    });
  });
}
