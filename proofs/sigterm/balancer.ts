import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A load balancer for TCP connections, as stands before replicas: it knows nothing of calls. */
export interface Balancer {
  readonly port: number;
  /** Where the newest connection went. */
  current(): number;
}

/** New connections go where the last one went, or elsewhere once nobody listens there. */
export async function startBalancer(
  ports: readonly number[],
  started: AsyncDisposableStack,
): Promise<Balancer> {
  let order = [...ports];
  const server = createServer((inward) => {
    inward.on('error', () => inward.destroy());
    const tryNext = (left: readonly number[]) => {
      const [port, ...others] = left;
      if (port === undefined) return inward.destroy();
      const outward = connect(port, '127.0.0.1');
      const refused = () => tryNext(others);
      outward.once('error', refused);
      outward.once('connect', () => {
        outward.off('error', refused);
        order = [port, ...order.filter((other) => other !== port)];
        join(inward, outward);
      });
    };
    tryNext(order);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  started.defer(() => void server.close());
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('A TCP port has a number.');
  return { port: bound.port, current: () => order[0] ?? 0 };
}

/** What ends one side ends the other. */
function join(inward: Socket, outward: Socket): void {
  outward.on('error', () => inward.destroy());
  inward.on('close', () => outward.destroy());
  outward.on('close', () => inward.destroy());
  inward.pipe(outward).pipe(inward);
}
