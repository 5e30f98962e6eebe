import { once } from 'node:events';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { serveMeasured } from './child.ts';
import { serverFiles } from './server-files.ts';

await serveMeasured(async () => ({ port: await startBareHttp2() }));

/** What Node's HTTP/2 can do at all: one fixed gRPC frame over mTLS, whatever was asked. */
async function startBareHttp2(): Promise<number> {
  const { ca, cert, key, reply } = serverFiles();
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(reply.length, 1);
  const frame = Buffer.concat([prefix, reply]);
  const server = createSecureServer({ ca, cert, key, requestCert: true });
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.resume();
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc+proto' },
      { waitForTrailers: true },
    );
    stream.end(frame);
  });
  await once(server.listen(0, 'localhost'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP port has a number.');
  return address.port;
}
