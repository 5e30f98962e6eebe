import { BinaryReader, type BinaryWriter } from '@bufbuild/protobuf/wire';
import { Failure } from '../domain/failure.ts';
import { Recent } from './recent.ts';
import type { UnaryRpc } from './unary-rpc.ts';

export interface Codec<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
  decode(reader: BinaryReader): Message;
}

/** Requests that are kept of one RPC, and the longest that is worth it, bytes. */
const KEPT_REQUESTS = 2_048;
const LONGEST_KEPT = 512;

type Reader<Request> = (bytes: Buffer) => Request;

/**
 * Decodes the requests of one RPC and checks their fields; once, where callers send the same bytes
 * again and again. Invalid UTF-8 is refused, which the generated decoder would turn into replacement
 * characters. What it gives throws Failure FIELD_INVALID.
 */
export function requestReader<Wire, Request>(
  { readRequest, recurs }: Pick<UnaryRpc<Wire, Request, never, never>, 'readRequest' | 'recurs'>,
  codec: Codec<Wire>,
): Reader<Request> {
  const decode = strictDecoder(codec);
  const read = (bytes: Buffer) => readRequest(decode(bytes));
  return recurs ? once(read) : read;
}

function strictDecoder<Wire>(codec: Codec<Wire>): Reader<Wire> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (bytes) => {
    const reader = new BinaryReader(bytes, (text) => utf8.decode(text));
    let message: Wire;
    try {
      message = codec.decode(reader);
    } catch {
      // What exactly is wrong with the bytes helps nobody: they come from no proper client.
      throw undecodable();
    }
    // The generated decoder stops at an impossible tag as if the message ended there.
    if (reader.pos !== reader.len) throw undecodable();
    return message;
  };
}

function undecodable(): Failure {
  const description = 'The message must be valid protobuf, and its strings valid UTF-8.';
  return new Failure('FIELD_INVALID', { violations: [{ field: '', description }] });
}

function once<Request>(read: Reader<Request>): Reader<Request> {
  const kept = new Recent<string, Request>(KEPT_REQUESTS);
  return (bytes) => {
    if (bytes.length > LONGEST_KEPT) return read(bytes);
    const key = bytes.toString('latin1');
    const known = kept.get(key);
    if (known !== undefined) return known;
    const request = read(bytes);
    kept.set(key, request);
    return request;
  };
}
