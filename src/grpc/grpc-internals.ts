import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

// Everything that needs private fields of grpc-js. Nothing here trusts them: where a release moves
// them, each function says that it found nothing, and its caller has another way.

/** A stream that a client opened, before grpc-js has seen it. */
export interface OpenedStream {
  readonly stream: ServerHttp2Stream;
  /** What grpc-js will read: a change here is a change for it. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/**
 * Lets `admit` see each stream before grpc-js does, which gets only those that it admits. grpc-js
 * shows interceptors neither the content type nor the timeout as it was sent. Call it when the
 * server has its connection injector.
 * @returns whether the hook stands
 */
export function guardStreams(server: Server, admit: (opened: OpenedStream) => boolean): boolean {
  const servers = field(server, 'http2Servers');
  const [http2Server, ...others] = servers instanceof Map ? servers.keys() : [];
  if (!(http2Server instanceof EventEmitter) || others.length > 0) return false;
  const [serve, ...more] = http2Server.listeners('stream');
  if (serve === undefined || more.length > 0) return false;
  http2Server.removeAllListeners('stream');
  http2Server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest) => {
    const rawHeaders: readonly string[] = rest[1] ?? [];
    if (admit({ stream, headers, rawHeaders })) serve.call(http2Server, stream, headers, ...rest);
  });
  return true;
}

/** The HTTP/2 session of a call; undefined where it cannot be seen. */
export function sessionOf(call: unknown): object | undefined {
  const session = field(field(field(call, 'call'), 'stream'), 'session');
  return typeof session === 'object' && session !== null ? session : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
