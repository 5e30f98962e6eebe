import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { type StatusObject, status } from '@grpc/grpc-js';

/** Takes a stream that grpc-js is not to see: whatever its client sends is dropped. */
export function dropStream(stream: ServerHttp2Stream): void {
  // A client that goes away has no more to be told.
  stream.on('error', () => undefined);
  stream.resume();
}

/**
 * Ends an open stream for grpc-js alone: it serves nothing of it, and answers nothing any more. That it
 * is closed is what it looks at before each answer; a second one would throw where nobody catches it.
 */
export function takeStream(stream: ServerHttp2Stream): void {
  stream.emit('close');
  stream.removeAllListeners('data');
  stream.removeAllListeners('end');
}

/** Answers a dropped stream. A reset after it would overtake the answer. */
export function answerStream(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
  // Its client has taken it back meanwhile; an attempt would throw.
  if (stream.destroyed || stream.closed) return;
  stream.respond(headers, { endStream: true });
}

/** A status as the headers of an answer that has nothing else. */
export function statusHeaders(answer: Partial<StatusObject>): OutgoingHttpHeaders {
  const { code = status.UNKNOWN, details = '', metadata } = answer;
  return { ...trailersOnly(code, details), ...metadata?.toHttp2Headers() };
}

/** The same without details. */
export function trailersOnly(code: status, message: string): OutgoingHttpHeaders {
  return {
    ':status': 200,
    'content-type': 'application/grpc+proto',
    'grpc-status': code,
    'grpc-message': message,
  };
}
