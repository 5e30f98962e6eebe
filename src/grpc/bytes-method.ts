import type { MethodDefinition } from '@grpc/grpc-js';

/**
 * The server's side of a method, bytes in and bytes out: they are read and written by the handler, so
 * that nothing is decoded for a caller that may not ask, and what cannot be is ours to answer.
 * grpc-js would say INTERNAL.
 */
export function bytesMethod({ path }: { readonly path: string }): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestDeserialize: same,
    responseSerialize: same,
    // The client's half of the definition, which a server never calls.
    requestSerialize: unused,
    responseDeserialize: unused,
  };
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

function unused(): never {
  throw new Error('A server does not play the client.');
}
