import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { frame, RawGrpc } from '../support/raw-grpc.ts';
import {
  getAccessToken,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';

let running: RunningGrpcServer;
let raw: RawGrpc;

beforeEach(async () => {
  running = await runGrpcServer();
  raw = await RawGrpc.connect(running);
});
afterEach(async () => {
  raw.close();
  running.client.close();
  await running.server.stop(0);
});

const HALF = frame(Buffer.alloc(3), { length: 10 });
const counted = () => running.metrics.labelsOf('tokenvault_rpc_total');
const asGetAccessToken = (code: string) => [{ method: 'GetAccessToken', code, reason: '' }];

describe('a call that no handler hears of is counted', () => {
  it('when its deadline passes while its request is still being sent', async () => {
    const { stream, answer } = raw.open({
      headers: { 'grpc-timeout': '50m' },
      body: HALF,
      end: false,
    });
    expect(await answer).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    stream.close();
    await expect.poll(counted).toEqual(asGetAccessToken('DEADLINE_EXCEEDED'));
  });

  it('and not served when its request comes whole after that', async () => {
    const { stream, answer } = raw.open({
      headers: { 'grpc-timeout': '50m' },
      body: HALF,
      end: false,
    });
    expect(await answer).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    stream.end(Buffer.alloc(7));
    await expect.poll(counted).toEqual(asGetAccessToken('DEADLINE_EXCEEDED'));
    expect(running.vault.requests).toEqual([]);
    await getAccessToken(running.client);
    expect(counted()).toHaveLength(2);
  });

  it('when its caller takes it back before it is complete', async () => {
    const { stream } = raw.open({ body: HALF, end: false });
    await new Promise((resolve) => raw.session.ping(resolve));
    stream.destroy();
    await expect.poll(counted).toEqual(asGetAccessToken('CANCELLED'));
  });

  it('when its connection goes before it is complete', async () => {
    raw.open({ body: HALF, end: false });
    await new Promise((resolve) => raw.session.ping(resolve));
    raw.close();
    await expect.poll(counted).toEqual(asGetAccessToken('CANCELLED'));
  });

  it.each([
    ['is too large', frame(Buffer.alloc(70_000)), 'RESOURCE_EXHAUSTED'],
    ['is none', Buffer.alloc(0), 'UNIMPLEMENTED'],
    ['is half of one', HALF, 'UNIMPLEMENTED'],
  ])('when its message %s', async (_what, body, code) => {
    expect(await raw.call({ body })).toMatchObject({ code });
    await expect.poll(counted).toEqual(asGetAccessToken(code));
  });
});

describe('any other call', () => {
  it('is counted once, by its handler', async () => {
    await getAccessToken(running.client);
    expect(await raw.call({ body: frame(Buffer.alloc(0)) })).toMatchObject({
      reason: 'FIELD_INVALID',
    });
    raw.close();
    await running.server.stop(1_000);
    expect(counted()).toEqual([
      ...asGetAccessToken('OK'),
      { method: 'GetAccessToken', code: 'INVALID_ARGUMENT', reason: 'FIELD_INVALID' },
    ]);
  });

  it('of another service is none of ours', async () => {
    const headers = { ':path': '/grpc.health.v1.Health/Check' };
    await raw.call({ headers, body: Buffer.alloc(0) });
    raw.close();
    await running.server.stop(1_000);
    expect(counted()).toEqual([]);
  });
});
