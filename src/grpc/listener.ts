import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { splitHostPort } from '../domain/host-port.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import type { Refusals } from './refusals.ts';
import { type ServerTls, serverTlsOptions } from './server-tls.ts';
import { TRANSPORT_LIMITS } from './transport-limits.ts';

/** An open port and the connections that came in through it. */
export interface Listener {
  readonly port: number;
  /** For the connections that come from now on. @throws StartupProblems, and nothing is changed */
  setTls(tls: ServerTls): void;
  /** Takes no new connections; resolves when the last one has ended. */
  close(): Promise<void>;
  /** Ends the connections that are left, whatever is under way on them. */
  cutOff(): void;
}

export interface ListenOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly tls: ServerTls;
  /** At the same time, those whose handshake is not done yet included. */
  readonly maxConnections: number;
  /** From the TCP connection to the end of the TLS handshake; then it is given up. */
  readonly handshakeMs: number;
  readonly refusals: Refusals;
}

/**
 * Opens a TLS port for HTTP/2 and gives each connection to `accept` when its client has proved
 * itself. Port and TLS are ours rather than grpc-js's: it bounds neither connections nor
 * handshakes, says nothing of those that fail, and without channelz its `forceShutdown` forgets the
 * connections that it should end.
 * @throws StartupProblems
 */
export function listen(
  options: ListenOptions,
  accept: (socket: TLSSocket) => void,
): Promise<Listener> {
  const { address, refusals } = options;
  const sockets = new Set<Socket>();
  const server = createServer({
    ...serverTlsOptions(options.tls),
    handshakeTimeout: options.handshakeMs,
    noDelay: true,
  });
  server.maxConnections = options.maxConnections;
  server.on('drop', () => refusals.note('connection_refused', 'too_many'));
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', (error, socket) => {
    refusals.note('tls_refused', codeOf(error, socket));
    // Node leaves one open whose time is over.
    socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    // What ends a connection is seen by the calls on it.
    socket.on('error', () => undefined);
    const fault = faultOf(socket);
    if (fault === undefined) return accept(socket);
    refusals.note('tls_refused', fault);
    socket.destroy();
  });
  const setTls = (tls: ServerTls) => server.setSecureContext(serverTlsOptions(tls));
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
      resolve({ port: bound.port, setTls, close, cutOff });
    });
  });
}

/** Why a connection is not taken whose handshake went well. */
function faultOf(socket: TLSSocket): string | undefined {
  if (socket.alpnProtocol !== 'h2') return 'NO_H2';
  let certificate = socket.getPeerX509Certificate();
  for (let sent = 0; certificate !== undefined; sent += 1) {
    if (sent === TRANSPORT_LIMITS.clientCertificates) return 'CERTIFICATE_CHAIN_TOO_LONG';
    certificate = certificate.issuerCertificate;
  }
  return undefined;
}

/** Why a handshake failed, in one word: OpenSSL's sentence may quote what the client sent. */
function codeOf(error: NodeJS.ErrnoException, { authorizationError }: TLSSocket): string {
  // Node's types say Error, but it is the verification's code.
  const code: unknown = authorizationError ?? error.code;
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'UNKNOWN';
}

function cannotListen(address: string, error: NodeJS.ErrnoException): StartupProblems {
  const problem =
    error.code === 'EADDRINUSE'
      ? 'is in use: stop the other process, or choose another port'
      : `cannot be opened (${error.code}): choose an address of this machine and a port that is allowed`;
  return new StartupProblems([`The gRPC address ${address} ${problem}.`]);
}
