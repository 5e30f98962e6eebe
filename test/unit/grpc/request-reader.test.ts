import { describe, expect, it } from 'vitest';
import { GetAccessTokenRequest } from '../../../src/gen/tokenvault/v1/token_vault.ts';
import { requestReader } from '../../../src/grpc/request-reader.ts';
import { refusedFields } from './violations.ts';

const readRequest = (message: GetAccessTokenRequest) => message;
const read = requestReader({ readRequest }, GetAccessTokenRequest);
const readBytes = (...bytes: number[]) => read(Buffer.from(bytes));
const bytesOf = (request: GetAccessTokenRequest) =>
  Buffer.from(GetAccessTokenRequest.encode(request).finish());
const bytesFor = (userId: string) => bytesOf(GetAccessTokenRequest.fromPartial({ userId }));
const NOTHING = GetAccessTokenRequest.fromPartial({});

describe('the reader of requests', () => {
  it('reads what the generated encoder writes', () => {
    const request = GetAccessTokenRequest.fromPartial({
      userId: 'ü\ufeff\u0000',
      scopes: ['a', 'b'],
      minTtl: { seconds: 5, nanos: 6 },
      rejectedTokenSha256: Buffer.from([1, 2]),
    });
    expect(read(bytesOf(request))).toEqual(request);
  });

  it('reads no bytes as a message of defaults', () => {
    expect(readBytes()).toEqual(NOTHING);
  });

  it('passes over fields that a newer client may send', () => {
    expect(readBytes(0xf8, 0x07, 1, 0xfa, 0x07, 2, 0xff, 0xfe)).toEqual(NOTHING);
  });

  it.each<[string, number[]]>([
    ['a byte that UTF-8 has not', [0x0a, 1, 0xff]],
    ['a character that is cut off', [0x0a, 1, 0xc3]],
    ['an overlong encoding', [0x0a, 2, 0xc0, 0xaf]],
    ['a surrogate', [0x0a, 3, 0xed, 0xa0, 0x80]],
    ['a bad string in a list', [0x1a, 1, 0xff]],
    ['a string longer than the message', [0x0a, 9, 0x41]],
    ['a message that ends within a tag', [0x8a]],
    ['a tag of zero', [0x00, 0x0a, 1, 0x41]],
    ['the end of a group that never began', [0x0c, 0x0a, 1, 0x41]],
    ['a wire type that does not exist', [0x0f]],
    ['a duration longer than the message', [0x22, 9, 0x08, 1]],
    ['seconds that no number holds', [0x22, 10, 0x08, 255, 255, 255, 255, 255, 255, 255, 255, 127]],
  ])('refuses %s', (_what, bytes) => {
    expect(refusedFields(() => readBytes(...bytes))).toEqual(['']);
  });
});

describe('the reader of requests that recur', () => {
  const recurring = requestReader({ readRequest, recurs: true }, GetAccessTokenRequest);

  it('reads the same bytes once', () => {
    const first = recurring(bytesFor('alice'));
    expect(first).toMatchObject({ userId: 'alice' });
    expect(recurring(bytesFor('alice'))).toBe(first);
    expect(recurring(bytesFor('bob'))).toMatchObject({ userId: 'bob' });
  });

  it('keeps no long ones, and refuses what is broken every time', () => {
    const long = bytesFor('x'.repeat(513));
    const first = recurring(long);
    expect(recurring(long)).toEqual(first);
    expect(recurring(long)).not.toBe(first);
    const broken = Buffer.from([0x0a, 1, 0xff]);
    expect(refusedFields(() => recurring(broken))).toEqual(['']);
    expect(refusedFields(() => recurring(broken))).toEqual(['']);
  });
});
