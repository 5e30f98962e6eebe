import { once } from 'node:events';
import http2 from 'node:http2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  getAccessToken,
  OPERATOR,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';

const MINUTE_MS = 60_000;

let running: RunningGrpcServer;
let session: http2.ClientHttp2Session;

beforeEach(async () => {
  running = await runGrpcServer();
});
afterEach(async () => {
  vi.useRealTimers();
  session.destroy();
  running.client.close();
  await running.server.stop(0);
});

/** A connection that stays open whatever the server asks for; resolves with the server's settings. */
async function connectRaw(): Promise<http2.Settings> {
  const { cert, key } = await running.authority.issueClient(OPERATOR);
  const ca = running.authority.cert;
  session = http2.connect(`https://${running.address}`, { ca, cert, key, servername: 'localhost' });
  session.on('error', () => undefined); // what ends it is seen by 'close'
  const [settings] = await once(session, 'remoteSettings');
  return settings;
}

/** Resolves when the server has read what was sent so far. */
function answeredPing(): Promise<unknown> {
  return new Promise((resolve) => session.ping(resolve));
}

/** A stream that may stay open, so that the connection is not idle; resolves when it is. */
async function watchHealth(): Promise<void> {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Watch',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.end(Buffer.alloc(5));
  await once(stream, 'data');
}

describe('a connection to the gRPC server', () => {
  it('carries 100 calls at a time', async () => {
    expect(await connectRaw()).toMatchObject({ maxConcurrentStreams: 100 });
  });

  it('is asked to end after 30 minutes, and cut off 30 s later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await connectRaw();
    await watchHealth();
    const asked = once(session, 'goaway');
    const closed = once(session, 'close');

    // The library adds or takes up to a tenth, so that not all connections end at once.
    vi.advanceTimersByTime(33 * MINUTE_MS);
    await asked;
    vi.advanceTimersByTime(29_000);
    expect(session.destroyed).toBe(false);
    vi.advanceTimersByTime(1_000);
    await closed;
  });

  it('does not end before', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await connectRaw();
    await watchHealth();
    let asked = false;
    session.once('goaway', () => {
      asked = true;
    });

    vi.advanceTimersByTime(26 * MINUTE_MS);
    vi.useRealTimers();
    await getAccessToken(running.client);
    await answeredPing();
    expect(asked).toBe(false);
  });
});
