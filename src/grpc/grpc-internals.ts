import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

// Everything that needs private fields of grpc-js. Nothing here trusts them: where a release moves
// them, each function says that it found nothing, and its caller has another way.

/** What Node's `stream` event brings. */
type StreamEvent = [
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: readonly string[],
];

/** A stream that a client opened, before grpc-js has seen it. */
export interface OpenedStream {
  readonly stream: ServerHttp2Stream;
  /** What grpc-js will read: a change here is a change for it. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/** Sees what clients open. */
export interface StreamGuard {
  opened(session: ServerHttp2Session): void;
  /** Whether grpc-js gets the stream. */
  admits(stream: OpenedStream): boolean;
}

/**
 * Lets `guard` see each connection, and each stream before grpc-js does, which gets only those that
 * it admits. grpc-js shows interceptors neither the content type nor the timeout as it was sent. Call
 * it when the server has its connection injector.
 * @returns whether the hook stands
 */
export function guardStreams(server: Server, guard: StreamGuard): boolean {
  const servers = field(server, 'http2Servers');
  const [http2Server, ...others] = servers instanceof Map ? servers.keys() : [];
  if (!(http2Server instanceof EventEmitter) || others.length > 0) return false;
  const [serve, ...more] = http2Server.listeners('stream');
  if (serve === undefined || more.length > 0) return false;
  http2Server.removeAllListeners('stream');
  const admitted = (...[stream, headers, flags, rawHeaders]: StreamEvent) => {
    if (guard.admits({ stream, headers, rawHeaders })) {
      serve.call(http2Server, stream, headers, flags, rawHeaders);
    }
  };
  http2Server.on('session', (session: ServerHttp2Session) => guard.opened(session));
  http2Server.on('stream', admitted);
  return true;
}

/** The HTTP/2 stream of a call; undefined where it cannot be seen. */
export function streamOf(call: object): ServerHttp2Stream | undefined {
  // A cast, because asking for fields by name would cost as much as all of a call's own checks.
  const { call: inner } = call as { readonly call?: { readonly stream?: ServerHttp2Stream } };
  const stream: unknown = inner?.stream;
  return typeof stream === 'object' && stream !== null ? inner?.stream : undefined;
}

/** The HTTP/2 session of a call; undefined where it cannot be seen. */
export function sessionOf(call: object): object | undefined {
  const session: unknown = streamOf(call)?.session;
  return typeof session === 'object' && session !== null ? session : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
