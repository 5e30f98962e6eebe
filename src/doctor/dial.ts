import { isIP } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';

const DIAL_MS = 5_000;
const NO_ANSWER = 'no answer in 5 s';

/** Whom to dial, and as whom. */
export interface Dialled {
  readonly host: string;
  readonly port: number;
  /** The name that its certificate has to have. Default: `host`. */
  readonly serverName?: string | undefined;
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>;
}

/** `taken`; what is wrong with the other side, or that it does not take who dials; a code of the system. */
export type DialEnd =
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed' | 'refused'; readonly code: string };

/**
 * Connects to an HTTP/2 server, which speaks first. In TLS 1.3 a client has shaken hands before the
 * server has looked at its certificate, so only what comes then says whether that was taken.
 */
export function dialHttp2({ host, port, serverName = host, tls }: Dialled): Promise<DialEnd> {
  const { promise, resolve } = Promise.withResolvers<DialEnd>();
  const named = isIP(serverName) === 0 ? { servername: serverName } : {};
  const socket = connect({ host, port, ...named, ...tls, ALPNProtocols: ['h2'] });
  const fail = (code: string) => resolve({ kind: socket.authorized ? 'refused' : 'failed', code });
  const limit = setTimeout(() => fail(NO_ANSWER), DIAL_MS);
  socket.once('data', () => resolve({ kind: 'taken' }));
  socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.name));
  socket.once('close', () => fail('closed'));
  return promise.finally(() => {
    clearTimeout(limit);
    socket.destroy();
  });
}
