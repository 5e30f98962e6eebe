import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Recent } from './recent.ts';
import type { Codec } from './request-reader.ts';
import type { UnaryRpc } from './unary-rpc.ts';

/** Encoded replies that are kept of one RPC; a few hundred bytes each. */
const KEPT_REPLIES = 2_048;

type Encoder<Reply> = (reply: Reply) => Buffer;

/** Encodes the replies of one RPC; once, where the use case answers with the same object again. */
export function replyEncoder<Reply extends object, WireReply>(
  { writeReply, recurs }: Pick<UnaryRpc<never, never, Reply, WireReply>, 'writeReply' | 'recurs'>,
  codec: Pick<Codec<WireReply>, 'encode'>,
): Encoder<Reply> {
  const encode = keptWriter(codec);
  const write = (reply: Reply) => encode(writeReply(reply));
  return recurs ? once(write) : write;
}

function once<Reply extends object>(encode: Encoder<Reply>): Encoder<Reply> {
  const kept = new Recent<Reply, Buffer>(KEPT_REPLIES);
  return (reply) => {
    const known = kept.get(reply);
    if (known !== undefined) return known;
    const bytes = encode(reply);
    kept.set(reply, bytes);
    return bytes;
  };
}

/** A new writer would grow to the size of each reply in steps, which costs more than the encoding. */
export function keptWriter<WireReply>(codec: Pick<Codec<WireReply>, 'encode'>): Encoder<WireReply> {
  const writer = new BinaryWriter();
  return (reply) => {
    try {
      codec.encode(reply, writer);
    } catch (error) {
      // What was written of this reply must not begin the next one.
      writer.finish();
      throw error;
    }
    const bytes = writer.finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}
