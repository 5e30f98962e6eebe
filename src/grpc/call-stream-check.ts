import { once } from 'node:events';
import http2 from 'node:http2';
import { duplexPair } from 'node:stream';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { bytesMethod } from './bytes-method.ts';
import { streamOf } from './grpc-internals.ts';

const PATH = '/tokenvault.Check/Check';
const EMPTY_MESSAGE = Buffer.alloc(5);
/** In memory it takes a few milliseconds. */
const CHECK_TIMEOUT_MS = 5_000;

/**
 * Whether the stream of a call can be seen in the grpc-js that is installed: makes one call in
 * memory, on a server of its own, and looks.
 */
export async function seesCallStreams(
  server = new Server({ 'grpc.enable_channelz': 0 }),
): Promise<boolean> {
  let seen = false;
  const check = (call: ServerUnaryCall<Buffer, Buffer>, send: sendUnaryData<Buffer>) => {
    seen = streamOf(call) !== undefined;
    send(null, call.request);
  };
  server.addService({ check: bytesMethod({ path: PATH }) }, { check });
  const [near, far] = duplexPair();
  server.createConnectionInjector(ServerCredentials.createInsecure()).injectConnection(far);
  const session = http2.connect('http://localhost', { createConnection: () => near });
  const headers = { ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc' };
  const stream = session.request(headers);
  stream.end(EMPTY_MESSAGE);
  stream.resume();
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  // An error or no end at all says the same as a call that shows nothing.
  await once(stream, 'close', { signal }).catch(() => undefined);
  session.destroy();
  server.forceShutdown();
  return seen;
}
