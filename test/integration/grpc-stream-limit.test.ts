import { constants } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GetAccessTokenRequest } from '../../src/gen/tokenvault/v1/token_vault.ts';
import { DEFAULT_GRPC_LIMITS } from '../../src/grpc/transport-limits.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { ISSUED } from '../support/fakes/hand-written-token-vault.ts';
import { frame, RawGrpc } from '../support/raw-grpc.ts';
import { type RunningGrpcServer, runGrpcServer } from '../support/running-grpc-server.ts';

const STREAMS = 7;
const REQUEST = GetAccessTokenRequest.fromPartial({ userId: '1', scopes: ['openid'] });
const CALL = { body: frame(Buffer.from(GetAccessTokenRequest.encode(REQUEST).finish())) };

let running: RunningGrpcServer;
let raw: RawGrpc;

beforeEach(async () => {
  running = await runGrpcServer(systemClock, {
    ...DEFAULT_GRPC_LIMITS,
    streamsPerConnection: STREAMS,
  });
  raw = await RawGrpc.connect(running);
});
afterEach(async () => {
  raw.close();
  running.client.close();
  await running.server.stop(0);
});

/** As many calls as the connection may carry, which all wait. */
async function fill() {
  const waiting = Promise.withResolvers<never>();
  running.vault.onGetAccessToken = () => waiting.promise;
  const calls = Array.from({ length: STREAMS }, () => raw.open(CALL));
  await expect.poll(() => running.vault.requests.length).toBe(STREAMS);
  running.vault.onGetAccessToken = () => ISSUED;
  return calls;
}

describe('a connection that carries as many calls as it may', () => {
  it('resets a call that comes in the same moment as the end of another one', async () => {
    for (const { stream } of await fill()) stream.close(constants.NGHTTP2_CANCEL);
    const next = await Promise.all(Array.from({ length: STREAMS }, () => raw.call(CALL)));
    expect(next).toContainEqual({ reset: constants.NGHTTP2_ENHANCE_YOUR_CALM });
    expect(raw.session.closed).toBe(false);
  });

  it('takes one that comes a moment later', async () => {
    for (const { stream } of await fill()) stream.close(constants.NGHTTP2_CANCEL);
    await new Promise((answered) => raw.session.ping(answered));
    const next = await Promise.all(Array.from({ length: STREAMS }, () => raw.call(CALL)));
    expect(next).toEqual(Array.from({ length: STREAMS }, () => ({ http: 200, code: 'OK' })));
  });
});
