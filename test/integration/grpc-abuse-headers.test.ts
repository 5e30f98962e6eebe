import { constants } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { GetAccessTokenRequest } from '../../src/gen/tokenvault/v1/token_vault.ts';
import { abusedServer } from '../support/grpc-abuse.ts';
import { frame, type RawAnswer, type RawCall } from '../support/raw-grpc.ts';

const abused = abusedServer();

const message = GetAccessTokenRequest.fromPartial({ userId: '1', scopes: ['openid'] });
const body = frame(Buffer.from(GetAccessTokenRequest.encode(message).finish()));

/** Makes a call that is proper but for these headers; `calls` is how often a use case ran. */
async function send(headers: RawCall['headers']): Promise<RawAnswer & { calls: number }> {
  const answer = await abused.raw.call({ headers, body });
  return { ...answer, calls: abused.running.vault.requests.length };
}

const SERVED = { http: 200, code: 'OK', calls: 1 };
const INVALID = { http: 200, code: 'INVALID_ARGUMENT', reason: 'FIELD_INVALID', calls: 0 };
const UNIMPLEMENTED = { http: 200, code: 'UNIMPLEMENTED', calls: 0 };
const TOO_LARGE = { http: 200, code: 'RESOURCE_EXHAUSTED', calls: 0 };

describe('a request that is not gRPC', () => {
  it.each<[string, RawCall['headers'], RawAnswer & { calls: number }]>([
    ['B-001 another method', { ':method': 'PUT' }, { http: 405, calls: 0 }],
    ['B-002 JSON', { 'content-type': 'application/json' }, { http: 415, calls: 0 }],
    ['B-002 no content type', { 'content-type': undefined }, { http: 415, calls: 0 }],
    ['B-003 grpc-web', { 'content-type': 'application/grpc-web+proto' }, { http: 415, calls: 0 }],
    [
      'B-003 an unknown encoding',
      { 'content-type': 'application/grpc+json' },
      { http: 415, calls: 0 },
    ],
  ])('%s is refused', async (_row, headers, expected) => {
    expect(await send(headers)).toEqual(expected);
  });

  it('B-001 is refused as a GET, which has no body', async () => {
    expect(await abused.raw.call({ headers: { ':method': 'GET' } })).toEqual({ http: 405 });
  });

  it('B-004 is served without te, which some proxies drop', async () => {
    expect(await send({ te: undefined })).toEqual(SERVED);
  });
});

describe('a path', () => {
  it.each([
    ['B-005 of an unknown method', '/tokenvault.v1.TokenVault/Nothing'],
    ['B-005 of an unknown service', '/tokenvault.v2.TokenVault/GetAccessToken'],
    ['B-005 with a query', '/tokenvault.v1.TokenVault/GetAccessToken?x=1'],
    ['B-006 with too many parts', '/tokenvault.v1.TokenVault/GetAccessToken/x'],
    ['B-006 of nothing', '/'],
    ['B-034 of reflection', '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'],
    ['B-034 of old reflection', '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo'],
    ['B-034 of channelz', '/grpc.channelz.v1.Channelz/GetServers'],
    ['B-034 of an administration', '/tokenvault.admin.v1.TokenVaultAdmin/ExportTokens'],
  ])('%s is UNIMPLEMENTED', async (_row, path) => {
    expect(await send({ ':path': path })).toMatchObject(UNIMPLEMENTED);
  });
});

describe('grpc-timeout', () => {
  it.each(['', '1', '1x', '-1S', '5Sjunk', '123456789S', '1.5S', '5s', 'S'])(
    'B-018, B-019 of %j is refused, and not repeated',
    async (timeout) => {
      const answer = await send({ 'grpc-timeout': timeout });
      expect(answer).toEqual({ ...INVALID, message: 'A field of the request is not valid.' });
    },
  );

  it('B-019 is no longer than its first 8 digits and its unit, whatever stands around it', async () => {
    expect(await send({ 'grpc-timeout': ['1S', '5S'] })).toMatchObject(INVALID);
  });

  it.each(['597H', '99999999H', '99999999S', '1000000M', '61S'])(
    'B-019 of %s is cut to 60 s',
    async (timeout) => {
      const before = performance.now();
      expect(await send({ 'grpc-timeout': timeout })).toEqual(SERVED);
      const deadline = abused.running.vault.contexts.at(-1)?.deadline ?? Number.NaN;
      expect(deadline - before).toBeGreaterThan(59_000);
      expect(deadline - performance.now()).toBeLessThanOrEqual(60_000);
    },
  );
});

describe('metadata', () => {
  it.each([
    ['20 KB in one value', { pad: 'x'.repeat(20_000) }],
    ['60 KB in one value', { pad: 'x'.repeat(60_000) }],
    ['9 KB in many values', { pad: Array(90).fill('x'.repeat(60)) }],
  ])('B-029 of %s is refused', async (_what, headers) => {
    expect(await send(headers)).toEqual({
      ...TOO_LARGE,
      message: 'The metadata is larger than 8192 bytes.',
    });
  });

  it('B-029 of just under 8 KiB is taken', async () => {
    expect(await send({ pad: 'x'.repeat(7_500) })).toEqual(SERVED);
  });

  it('B-030 of 200 pairs ends the stream: HTTP/2 takes 128', async () => {
    const pairs = Array.from({ length: 200 }, (_, index) => [`x-${index}`, '1']);
    const reset = constants.NGHTTP2_ENHANCE_YOUR_CALM;
    expect(await send(Object.fromEntries(pairs))).toEqual({ reset, calls: 0 });
  });

  it('B-031 of -bin with what is no base64 is refused', async () => {
    expect(await send({ 'trace-bin': 'no base64!' })).toMatchObject(INVALID);
  });
});
