import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_GRPC_LIMITS } from '../../src/grpc/transport-limits.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { frame, RawGrpc } from '../support/raw-grpc.ts';
import {
  errorOf,
  getAccessToken,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';

/** Each differs from its default, the sizes to both sides. */
const LIMITS = {
  ...DEFAULT_GRPC_LIMITS,
  messageBytes: 131_072,
  metadataBytes: 1_024,
  streamsPerConnection: 7,
  defaultDeadlineMs: 20_000,
  maxDeadlineMs: 30_000,
};

let running: RunningGrpcServer;
let raw: RawGrpc;

beforeEach(async () => {
  running = await runGrpcServer(systemClock, LIMITS);
  raw = await RawGrpc.connect(running);
});
afterEach(async () => {
  raw.close();
  running.client.close();
  await running.server.stop(0);
});

describe('limits that are configured', () => {
  it.each([
    ['the default deadline', undefined, 20_000],
    ['the maximum deadline', 3_600_000, 30_000],
  ])('hold for %s', async (_what, timeoutMs, expected) => {
    await getAccessToken(running.client, { timeoutMs });
    const deadline = running.vault.contexts.at(-1)?.deadline ?? Number.NaN;
    const left = deadline - systemClock.monotonic();
    expect(left).toBeLessThanOrEqual(expected);
    expect(left).toBeGreaterThan(expected - 5_000);
  });

  it('hold for messages', async () => {
    // Past the limit of messages each is refused by the library, below it by our own check of fields.
    const ask = (length: number) =>
      errorOf(getAccessToken(running.client, { request: { userId: 'x'.repeat(length) } }));
    expect(await ask(130_000)).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await ask(132_000)).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  it('hold for metadata', async () => {
    const send = (pad: number) =>
      raw.open({ headers: { pad: 'x'.repeat(pad) }, body: frame(Buffer.alloc(0)) }).answer;
    expect(await send(300)).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await send(1_000)).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: 'The metadata is larger than 1024 bytes.',
    });
  });

  it('hold for calls at a time on one connection', () => {
    expect(raw.session.remoteSettings).toMatchObject({ maxConcurrentStreams: 7 });
  });
});
