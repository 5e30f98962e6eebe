import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { frame, RawGrpc } from '../support/raw-grpc.ts';
import { type RunningGrpcServer, runGrpcServer } from '../support/running-grpc-server.ts';

const MINUTE_MS = 60_000;
const WATCH = {
  headers: { ':path': '/grpc.health.v1.Health/Watch' },
  body: frame(Buffer.alloc(0)),
};

let clock: ManualClock;
let running: RunningGrpcServer;
let raw: RawGrpc;
let asked: boolean;

beforeEach(async () => {
  clock = new ManualClock();
  running = await runGrpcServer(clock);
  raw = await RawGrpc.connect(running);
  asked = false;
  raw.session.once('goaway', () => {
    asked = true;
  });
});

afterEach(async () => {
  raw.close();
  running.client.close();
  const stopped = running.server.stop(0);
  await clock.advance(0);
  await stopped;
});

/** Lets time pass, and what the server says of it arrive; a connection that has ended says nothing. */
async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  await new Promise((resolve) => {
    raw.session.once('close', resolve);
    if (raw.session.destroyed || !raw.session.ping(resolve)) resolve(undefined);
  });
}

describe('a connection', () => {
  it('that never carries a call is asked to end after 5 minutes', async () => {
    await pass(5 * MINUTE_MS - 1);
    expect(asked).toBe(false);
    const closed = once(raw.session, 'close');
    await pass(1);
    await closed;
    expect(asked).toBe(true);
  });

  it('is asked to end 5 to 6 minutes after its last call', async () => {
    for (let call = 0; call < 4; call += 1) {
      await pass(3 * MINUTE_MS);
      expect(await raw.call({ body: frame(Buffer.alloc(0)) })).toMatchObject({ http: 200 });
    }
    await pass(5 * MINUTE_MS - 1);
    expect(asked).toBe(false);
    await pass(MINUTE_MS + 1);
    expect(asked).toBe(true);
  });

  it('stays while a stream is open that may, and ends after it', async () => {
    const { stream } = raw.open(WATCH);
    await once(stream, 'data');
    await pass(20 * MINUTE_MS);
    expect(asked).toBe(false);
    stream.close();
    await pass(0);
    await pass(6 * MINUTE_MS);
    expect(asked).toBe(true);
  });
});
