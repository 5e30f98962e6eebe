import { createServer, type Socket } from 'node:net';
import { splitHostPort } from '../domain/host-port.ts';
import { StartupProblems } from '../domain/startup-problems.ts';

/** An open TCP port and the connections that came in through it. */
export interface Listener {
  readonly port: number;
  /** Takes no new connections; resolves when the last one has ended. */
  close(): Promise<void>;
  /** Ends the connections that are left, whatever is under way on them. */
  cutOff(): void;
}

/**
 * Opens `address` (`host:port`, port 0 takes a free one). The port is ours rather than grpc-js's
 * because without channelz grpc-js's `forceShutdown` forgets the connections that it should end.
 * @throws StartupProblems
 */
export function listen(address: string, accept: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    accept(socket);
  });
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const cutOff = () => {
    for (const socket of sockets) socket.destroy();
  };
  return new Promise((resolve, reject) => {
    // Once the port is open, an error is a connection that could not be accepted: its client sees it.
    server.on('error', (error) => reject(cannotListen(address, error)));
    server.listen(splitHostPort(address), () => {
      const bound = server.address();
      if (bound === null || typeof bound === 'string') throw new Error('A TCP port has a number.');
      resolve({ port: bound.port, close, cutOff });
    });
  });
}

function cannotListen(address: string, error: NodeJS.ErrnoException): StartupProblems {
  const problem =
    error.code === 'EADDRINUSE'
      ? 'is in use: stop the other process, or choose another port'
      : `cannot be opened (${error.code}): choose an address of this machine and a port that is allowed`;
  return new StartupProblems([`The gRPC address ${address} ${problem}.`]);
}
