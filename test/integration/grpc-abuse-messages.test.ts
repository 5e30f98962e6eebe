import type { ClientHttp2Stream } from 'node:http2';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { GetAccessTokenRequest } from '../../src/gen/tokenvault/v1/token_vault.ts';
import { abusedServer } from '../support/grpc-abuse.ts';
import { frame, type RawAnswer, type RawCall } from '../support/raw-grpc.ts';

const abused = abusedServer();

const fields = GetAccessTokenRequest.fromPartial({ userId: '1', scopes: ['openid'] });
const message = Buffer.from(GetAccessTokenRequest.encode(fields).finish());

type Outcome = RawAnswer & { calls: number };

async function send(call: RawCall): Promise<Outcome> {
  const { message: _sentence, ...answer } = await abused.raw.call(call);
  return { ...answer, calls: abused.running.vault.requests.length };
}

const ended = (code: string): Outcome => ({ http: 200, code, calls: 0 });
const SERVED = { http: 200, code: 'OK', calls: 1 };
const INVALID = { ...ended('INVALID_ARGUMENT'), reason: 'FIELD_INVALID' };

describe('the framing of a message', () => {
  it.each<[string, Buffer | undefined, Outcome]>([
    ['B-007 nothing at all', undefined, ended('UNIMPLEMENTED')],
    ['B-008 an empty message', frame(Buffer.alloc(0)), INVALID],
    ['B-009 two messages', Buffer.concat([frame(message), frame(message)]), ended('UNIMPLEMENTED')],
    ['B-010 half a prefix', Buffer.alloc(3), ended('UNIMPLEMENTED')],
    [
      'B-010 half a message',
      frame(message, { length: message.length + 9 }),
      ended('UNIMPLEMENTED'),
    ],
    [
      'B-011 a length of 4 GiB',
      frame(message, { length: 0xffff_ffff }),
      ended('RESOURCE_EXHAUSTED'),
    ],
    ['B-012 a message over 64 KiB', frame(Buffer.alloc(65_537)), ended('RESOURCE_EXHAUSTED')],
  ])('%s is refused', async (_row, body, expected) => {
    expect(await send({ body })).toEqual(expected);
  });

  it('B-012 a message of 64 KiB is read', async () => {
    expect(await send({ body: frame(Buffer.alloc(65_536)) })).toEqual(INVALID);
  });

  // The protocol asks for INTERNAL; grpc-js shows nobody the flags. docs/limits.md says so.
  it.each([
    ['B-013 flag 1 without an encoding', 1],
    ['B-014 flag 2', 2],
  ])('%s is read as it stands', async (_row, flag) => {
    expect(await send({ body: frame(message, { flag }) })).toEqual(SERVED);
  });
});

describe('a compressed message', () => {
  const compressed = (encoding: string, bytes: Buffer) =>
    send({ headers: { 'grpc-encoding': encoding }, body: frame(bytes, { flag: 1 }) });

  it.each([
    ['gzip', gzipSync(message)],
    ['deflate', deflateSync(message)],
  ])('is read in %s', async (encoding, bytes) => {
    expect(await compressed(encoding, bytes)).toEqual(SERVED);
  });

  it.each<[string, string, Buffer, string]>([
    ['B-015 no gzip', 'gzip', Buffer.from('no gzip'), 'INTERNAL'],
    ['B-015 half a gzip', 'gzip', gzipSync(message).subarray(0, -9), 'INTERNAL'],
    ['B-015 no deflate', 'deflate', Buffer.from('no deflate'), 'INTERNAL'],
    ['B-015 nothing', 'gzip', Buffer.alloc(0), 'INTERNAL'],
    ['B-017 brotli', 'br', message, 'UNIMPLEMENTED'],
    ['B-017 an encoding of no name', '', message, 'UNIMPLEMENTED'],
  ])('%s is refused', async (_row, encoding, bytes, code) => {
    expect(await compressed(encoding, bytes)).toEqual(ended(code));
  });

  it('B-016 that unfolds to 60 MB is refused, and does not unfold', async () => {
    const bomb = gzipSync(Buffer.alloc(60_000_000));
    // Not of the whole process, whose files share a heap that grows when it likes.
    const before = process.memoryUsage().arrayBuffers;
    expect(await compressed('gzip', bomb)).toEqual(ended('RESOURCE_EXHAUSTED'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000);
  });
});

describe('a call that is never sent to its end', () => {
  const halves: [string, Buffer | undefined][] = [
    ['its headers', undefined],
    ['half a prefix', Buffer.alloc(2)],
    ['half a message', frame(message, { length: message.length + 9 })],
  ];

  /** Until the server looks no more, or its next look would be by a clock that is gone. */
  const leave = async (stream: ClientHttp2Stream) => {
    stream.close();
    await answeredPing();
    await answeredPing();
    vi.advanceTimersByTime(1_100);
  };

  it.each(halves)('B-032 after %s ends at the default deadline', async (_what, body) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { stream, answer } = abused.raw.open({ body, end: false });
      let over = false;
      stream.on('response', () => {
        over = true;
      });
      await answeredPing();
      vi.advanceTimersByTime(9_900);
      await answeredPing();
      expect(over).toBe(false);
      // Such calls are looked at every second.
      vi.advanceTimersByTime(1_100);
      expect(await answer).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      expect(abused.running.vault.requests).toEqual([]);
      await leave(stream);
    } finally {
      vi.useRealTimers();
    }
  });

  it('B-032 ends at the maximum where the caller asked for more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { stream, answer } = abused.raw.open({
        headers: { 'grpc-timeout': '5M' },
        end: false,
      });
      let over = false;
      stream.on('response', () => {
        over = true;
      });
      await answeredPing();
      vi.advanceTimersByTime(59_900);
      await answeredPing();
      expect(over).toBe(false);
      vi.advanceTimersByTime(1_100);
      expect(await answer).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      await leave(stream);
    } finally {
      vi.useRealTimers();
    }
  });

  /** Resolves when the server has read what was sent so far. */
  const answeredPing = () => new Promise((resolve) => abused.raw.session.ping(resolve));
});
