import { BinaryReader, type BinaryWriter } from '@bufbuild/protobuf/wire';
import type { MethodDefinition } from '@grpc/grpc-js';

/** Stands for a request that could not be decoded; grpc-js itself would answer INTERNAL for it. */
export const UNDECODABLE = Symbol('undecodable');

/** A request as its handler gets it. */
export type Received<Wire> = Wire | typeof UNDECODABLE;

export interface Codec<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
  decode(reader: BinaryReader): Message;
}

/**
 * The server's side of a method: invalid UTF-8 is refused, which the generated decoder would turn
 * into replacement characters, and replies come encoded, so that a defect there is ours to report.
 */
export function strictMethod<Wire, WireReply>(
  definition: MethodDefinition<Wire, WireReply>,
  codec: Codec<Wire>,
): MethodDefinition<Received<Wire>, Buffer> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return {
    path: definition.path,
    requestStream: false,
    responseStream: false,
    requestDeserialize(bytes) {
      try {
        const reader = new BinaryReader(bytes, (text) => utf8.decode(text));
        const message = codec.decode(reader);
        // The generated decoder stops at an impossible tag as if the message ended there.
        return reader.pos === reader.len ? message : UNDECODABLE;
      } catch {
        // What exactly is wrong with the bytes helps nobody: they come from no proper client.
        return UNDECODABLE;
      }
    },
    responseSerialize: (encoded) => encoded,
    // The client's half of the definition, which a server never calls.
    requestSerialize: unused,
    responseDeserialize: unused,
  };
}

function unused(): never {
  throw new Error('A server does not play the client.');
}
