import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import {
  ExchangeCodeRequest,
  GetAccessTokenRequest,
} from '../../src/gen/tokenvault/v1/token_vault.ts';
import { abusedServer } from '../support/grpc-abuse.ts';
import { frame, type RawAnswer } from '../support/raw-grpc.ts';

const abused = abusedServer();

type Outcome = RawAnswer & { calls: number };
const SERVED: Outcome = { http: 200, code: 'OK', calls: 1 };
const INVALID: Outcome = { http: 200, code: 'INVALID_ARGUMENT', reason: 'FIELD_INVALID', calls: 0 };
const TOO_LARGE: Outcome = { http: 200, code: 'RESOURCE_EXHAUSTED', calls: 0 };

async function send(message: Uint8Array, method = 'GetAccessToken'): Promise<Outcome> {
  const headers = { ':path': `/tokenvault.v1.TokenVault/${method}` };
  const answer = await abused.raw.call({ headers, body: frame(Buffer.from(message)) });
  const { message: _sentence, ...rest } = answer;
  return { ...rest, calls: abused.running.vault.requests.length };
}

/** A proper request, with what `more` writes behind it. */
function message(more: (writer: BinaryWriter) => unknown = () => undefined): Uint8Array {
  const fields = GetAccessTokenRequest.fromPartial({ userId: 'u', scopes: ['openid'] });
  const writer = GetAccessTokenRequest.encode(fields);
  more(writer);
  return writer.finish();
}

function written(write: (writer: BinaryWriter) => unknown): Uint8Array {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const tag = (field: number, type: number) => (field << 3) | type;
/** `count` scopes of one letter, each with its tag and length. */
const scopes = (count: number) =>
  written((w) => {
    w.uint32(tag(1, 2)).string('u');
    for (let index = 0; index < count; index += 1) w.uint32(tag(3, 2)).string('s');
  });

describe('bytes that are no request', () => {
  it.each<[string, Uint8Array]>([
    ['B-040 random bytes', bytes(0xde, 0xad, 0xbe, 0xef, 0xff, 0x00, 0x9c)],
    ['B-040 a text', Buffer.from('{"userId":"u"}')],
    ['B-040 a length past the end', bytes(tag(1, 2), 200, 0x75)],
    ['B-040 an endless varint', bytes(tag(4, 0), ...Array(12).fill(0xff))],
    ['B-041 invalid UTF-8', bytes(tag(1, 2), 2, 0xff, 0xfe)],
    ['B-041 a lone surrogate', bytes(tag(1, 2), 3, 0xed, 0xa0, 0x80)],
    ['B-042 another wire type for the user', bytes(tag(1, 0), 5)],
    ['B-043 the impossible wire type 7', message((w) => w.raw(bytes(tag(1, 7), 1)))],
    ['B-046 10 000 groups that are opened', message((w) => w.raw(Buffer.alloc(10_000, tag(9, 3))))],
    ['B-046 60 000 groups that are opened', message((w) => w.raw(Buffer.alloc(60_000, tag(9, 3))))],
  ])('%s are INVALID_ARGUMENT', async (_row, payload) => {
    expect(await send(payload)).toEqual(INVALID);
  });
});

describe('a request out of the ordinary', () => {
  // Other decoders refuse these; ours drops them like unknown fields. docs/limits.md says so.
  it.each<[string, Uint8Array]>([
    ['B-043 with the field number 0', bytes(tag(0, 2), 1, 0x61)],
    ['B-046 with the end of a group that never began, as its last byte', bytes(tag(9, 4))],
  ])('%s is served without it', async (_row, behind) => {
    expect(await send(message((w) => w.raw(behind)))).toEqual(SERVED);
  });

  it('B-046 with anything behind such an end is refused', async () => {
    expect(await send(message((w) => w.raw(bytes(tag(9, 4), tag(1, 2), 0))))).toEqual(INVALID);
  });

  it('B-044 with a field twice has the last, for the policy and the use case', async () => {
    expect(await send(message((w) => w.uint32(tag(1, 2)).string('bbb')))).toEqual(SERVED);
    expect(abused.running.vault.requests).toMatchObject([{ userId: 'bbb' }]);
  });

  it('B-045 with 10 000 unknown fields is served', async () => {
    const unknown = message((w) => {
      for (let count = 0; count < 10_000; count += 1) w.uint32(tag(1_000, 0)).uint32(1);
    });
    expect(await send(unknown)).toEqual(SERVED);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'B-047 for the user and the scope %s is one like any other',
    async (name) => {
      const fields = GetAccessTokenRequest.fromPartial({ userId: name, scopes: [name] });
      expect(await send(GetAccessTokenRequest.encode(fields).finish())).toEqual(SERVED);
      expect(abused.running.vault.requests).toMatchObject([{ userId: name, scopes: [name] }]);
    },
  );

  it.each<[string, Uint8Array, Outcome]>([
    ['51 scopes', scopes(51), INVALID],
    ['20 000 scopes', scopes(20_000), INVALID],
    ['1 000 000 scopes', scopes(1_000_000), TOO_LARGE],
    ['a scope of 257 bytes', message((w) => w.uint32(tag(3, 2)).string('s'.repeat(257))), INVALID],
    [
      'a scope of 1 MB',
      message((w) => w.uint32(tag(3, 2)).string('s'.repeat(1_000_000))),
      TOO_LARGE,
    ],
    [
      'a duration past 2^53',
      message((w) =>
        w.uint32(tag(4, 2)).fork().uint32(tag(1, 0)).int64('9223372036854775807').join(),
      ),
      INVALID,
    ],
    [
      'a duration before -2^53',
      message((w) =>
        w.uint32(tag(4, 2)).fork().uint32(tag(1, 0)).int64('-9223372036854775808').join(),
      ),
      INVALID,
    ],
  ])('B-048 with %s is refused', async (_what, payload, expected) => {
    expect(await send(payload)).toEqual(expected);
  });

  it('B-048 with an unknown enum value is refused', async () => {
    const fields = ExchangeCodeRequest.fromPartial({ code: '4/code' });
    const payload = ExchangeCodeRequest.encode(fields).uint32(tag(3, 0)).int32(99).finish();
    expect(await send(payload, 'ExchangeCode')).toEqual(INVALID);
  });

  it('B-049 that sets a field to its default means what one without it means', async () => {
    await send(message());
    await send(message((w) => w.uint32(tag(2, 2)).string('').uint32(tag(5, 2)).bytes(bytes())));
    const [absent, explicit] = abused.running.vault.requests;
    expect(explicit).toEqual(absent);
  });
});
