import { BinaryReader, type BinaryWriter } from '@bufbuild/protobuf/wire';
import type { MethodDefinition } from '@grpc/grpc-js';
import { Recent } from './recent.ts';

/** Stands for a request that could not be decoded; grpc-js itself would answer INTERNAL for it. */
export const UNDECODABLE = Symbol('undecodable');

/** A request as its handler gets it. */
export type Received<Wire> = Wire | typeof UNDECODABLE;

export interface Codec<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
  decode(reader: BinaryReader): Message;
}

type Decoder<Wire> = (bytes: Buffer) => Received<Wire>;

/** Decoded requests that are kept of one method, and the longest that is worth it, bytes. */
const KEPT_REQUESTS = 2_048;
const LONGEST_KEPT = 512;

/**
 * The server's side of a method: invalid UTF-8 is refused, which the generated decoder would turn
 * into replacement characters, and replies come encoded, so that a defect there is ours to report.
 * `requestsRecur` says that callers send the same bytes again and again: those are decoded once. It
 * is not for requests that carry a secret.
 */
export function strictMethod<Wire, WireReply>(
  definition: MethodDefinition<Wire, WireReply>,
  codec: Codec<Wire>,
  { requestsRecur = false }: { readonly requestsRecur?: boolean } = {},
): MethodDefinition<Received<Wire>, Buffer> {
  const decode = strictDecoder(codec);
  return {
    path: definition.path,
    requestStream: false,
    responseStream: false,
    requestDeserialize: requestsRecur ? once(decode) : decode,
    responseSerialize: (encoded) => encoded,
    // The client's half of the definition, which a server never calls.
    requestSerialize: unused,
    responseDeserialize: unused,
  };
}

function strictDecoder<Wire>(codec: Codec<Wire>): Decoder<Wire> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (bytes) => {
    try {
      const reader = new BinaryReader(bytes, (text) => utf8.decode(text));
      const message = codec.decode(reader);
      // The generated decoder stops at an impossible tag as if the message ended there.
      return reader.pos === reader.len ? message : UNDECODABLE;
    } catch {
      // What exactly is wrong with the bytes helps nobody: they come from no proper client.
      return UNDECODABLE;
    }
  };
}

function once<Wire>(decode: Decoder<Wire>): Decoder<Wire> {
  const kept = new Recent<string, Received<Wire>>(KEPT_REQUESTS);
  return (bytes) => {
    if (bytes.length > LONGEST_KEPT) return decode(bytes);
    const key = bytes.toString('latin1');
    const known = kept.get(key);
    if (known !== undefined) return known;
    const message = decode(bytes);
    kept.set(key, message);
    return message;
  };
}

function unused(): never {
  throw new Error('A server does not play the client.');
}
