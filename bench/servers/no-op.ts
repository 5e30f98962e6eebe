import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { GET_ACCESS_TOKEN_PATH } from '../load/call.ts';
import { serveMeasured } from './child.ts';
import { serverFiles } from './server-files.ts';

await serveMeasured(async () => ({ port: await startNoOp() }));

/** The floor: grpc-js over mTLS with a handler that does nothing but answer. */
function startNoOp(): Promise<number> {
  const { ca, cert, key, reply } = serverFiles();
  // As the product's own server.
  const server = new Server({ 'grpc.enable_channelz': 0, 'grpc.max_concurrent_streams': 100 });
  server.addService(definition(), {
    getAccessToken: (_call: unknown, send: (error: null, reply: Buffer) => void) =>
      send(null, reply),
  });
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  const credentials = ServerCredentials.createSsl(Buffer.from(ca), [pair], true);
  return new Promise((resolve, reject) => {
    server.bindAsync('localhost:0', credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

/** Bytes in, bytes out. */
function definition(): ServiceDefinition {
  const same = (bytes: Buffer) => bytes;
  return {
    getAccessToken: {
      path: GET_ACCESS_TOKEN_PATH,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
}
