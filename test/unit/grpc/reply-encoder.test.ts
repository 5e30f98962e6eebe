import { describe, expect, it } from 'vitest';
import { GetAccessTokenResponse } from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { replyEncoder } from '../../../src/grpc/reply-encoder.ts';

interface Reply {
  readonly token: string;
}

/** An encoder, and how often it has written a reply. */
function encoder(recurs: boolean) {
  const counted = { written: 0 };
  const writeReply = ({ token }: Reply) => {
    counted.written += 1;
    return GetAccessTokenResponse.fromPartial({ accessToken: token });
  };
  return { counted, encode: replyEncoder({ writeReply, recurs }, GetAccessTokenResponse) };
}

const tokenIn = (bytes: Buffer) => GetAccessTokenResponse.decode(bytes).accessToken;

describe('the encoder of replies', () => {
  it('encodes each reply by itself, long or short', () => {
    const { encode } = encoder(false);
    const tokens = ['a', 'b'.repeat(5_000), 'c'];
    const encoded = tokens.map((token) => encode({ token }));
    expect(encoded.map(tokenIn)).toEqual(tokens);
  });

  it('encodes an object that comes again once, and an equal one anew', () => {
    const { encode, counted } = encoder(true);
    const reply = { token: 'a' };
    const bytes = encode(reply);
    expect(encode(reply)).toBe(bytes);
    expect(counted.written).toBe(1);
    expect(encode({ token: 'a' })).toEqual(bytes);
    expect(counted.written).toBe(2);
  });

  it('keeps nothing where replies do not recur', () => {
    const { encode, counted } = encoder(false);
    const reply = { token: 'a' };
    encode(reply);
    encode(reply);
    expect(counted.written).toBe(2);
  });

  it('leaves nothing of a reply that cannot be encoded in the next one', () => {
    const codec = {
      encode: (...[message, writer]: Parameters<typeof GetAccessTokenResponse.encode>) => {
        const written = GetAccessTokenResponse.encode(message, writer);
        if (message.accessToken === 'defect') throw new Error('a defect');
        return written;
      },
      decode: GetAccessTokenResponse.decode,
    };
    const writeReply = ({ token }: Reply) =>
      GetAccessTokenResponse.fromPartial({ accessToken: token });
    const encode = replyEncoder({ writeReply }, codec);
    expect(() => encode({ token: 'defect' })).toThrow('a defect');
    expect(tokenIn(encode({ token: 'good' }))).toBe('good');
  });
});
