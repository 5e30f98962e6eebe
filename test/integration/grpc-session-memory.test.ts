import { constants } from 'node:http2';
import { expect, it } from 'vitest';
import { DEFAULT_GRPC_LIMITS, TRANSPORT_LIMITS } from '../../src/grpc/transport-limits.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import {
  END_HEADERS,
  FRAME,
  type Frame,
  FrameConnection,
  headerBlock,
} from '../support/http2-frames.ts';
import { getAccessToken, runGrpcServer } from '../support/running-grpc-server.ts';

const STREAMS = 200;
/** Below what HTTP/2 itself takes in, 64 KiB, and far above what a call may have. */
const HEADER_BYTES = 60_000;
const FRAME_BYTES = 16_000;

/** A call that is refused for its size, and that its caller never ends: its headers stay in memory. */
function endlessCall(stream: number): readonly Frame[] {
  const block = headerBlock([
    [':method', 'POST'],
    [':scheme', 'https'],
    [':authority', 'localhost'],
    [':path', '/tokenvault.v1.TokenVault/GetUser'],
    ['content-type', 'application/grpc'],
    ['x-large', 'x'.repeat(HEADER_BYTES)],
  ]);
  const frames: Frame[] = [];
  for (let at = 0; at < block.length; at += FRAME_BYTES) {
    const payload = block.subarray(at, at + FRAME_BYTES);
    const flags = at + FRAME_BYTES < block.length ? 0 : END_HEADERS;
    frames.push({ type: at === 0 ? FRAME.HEADERS : FRAME.CONTINUATION, flags, stream, payload });
  }
  return frames;
}

it('a connection that fills its share of memory gets no new stream, and others go on', async () => {
  const limits = { ...DEFAULT_GRPC_LIMITS, streamsPerConnection: STREAMS };
  const running = await runGrpcServer(systemClock, limits);
  const connection = await FrameConnection.open(running);
  const streams = Array.from({ length: STREAMS }, (_, index) => 2 * index + 1);
  for (const stream of streams) connection.send(...endlessCall(stream));

  const answers = (type: number) => connection.received.filter((frame) => frame.type === type);
  const counts = () => answers(FRAME.HEADERS).length + answers(FRAME.RST_STREAM).length;
  await expect.poll(counts).toBe(STREAMS);
  const refused = answers(FRAME.RST_STREAM).map(({ payload }) => payload?.readUInt32BE(0));
  expect(new Set(refused)).toEqual(new Set([constants.NGHTTP2_ENHANCE_YOUR_CALM]));
  const kept = answers(FRAME.HEADERS).length * HEADER_BYTES;
  expect(kept).toBeLessThan(TRANSPORT_LIMITS.connectionMegabytes * 1_000_000);
  expect(await getAccessToken(running.client)).toHaveProperty('reply');

  connection.socket.destroy();
  running.client.close();
  await running.server.stop(0);
});
