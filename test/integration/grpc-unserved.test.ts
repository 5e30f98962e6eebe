import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
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
const expiredHalfway = async () => {
  const headers = { 'grpc-timeout': '50m' };
  const { stream, answer } = raw.open({ headers, body: HALF, end: false });
  expect(await answer).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  return stream;
};
const counted = () => running.metrics.labelsOf('tokenvault_rpc_total');
const asGetAccessToken = (code: string) => [{ method: 'GetAccessToken', code, reason: '' }];

describe('a call that no handler hears of is counted', () => {
  it('when its deadline passes while its request is still being sent', async () => {
    const stream = await expiredHalfway();
    stream.close();
    await expect.poll(counted).toEqual(asGetAccessToken('DEADLINE_EXCEEDED'));
  });

  it('and not served when its request comes whole after that', async () => {
    const stream = await expiredHalfway();
    stream.end(Buffer.alloc(7));
    await expect.poll(counted).toEqual(asGetAccessToken('DEADLINE_EXCEEDED'));
    expect(running.vault.requests).toEqual([]);
    await getAccessToken(running.client);
    expect(counted()).toHaveLength(2);
  });

  it('and not answered twice when its message turns out to be broken after that', async () => {
    const thrown: unknown[] = [];
    const note = (error: unknown) => void thrown.push(error);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const release = await blockThreads();
    const { stream, answer } = raw.open({
      headers: { 'grpc-timeout': '50m', 'grpc-encoding': 'gzip' },
      body: frame(Buffer.from('no gzip'), { flag: 1 }),
      end: false,
    });
    expect(await answer).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await release();
    // What waited for a thread comes before this, which needs one, too.
    await promisify(gzip)('');
    await new Promise((resolve) => raw.session.ping(resolve));
    stream.close();
    await expect.poll(counted).toEqual(asGetAccessToken('DEADLINE_EXCEEDED'));
    expect(thrown).toEqual([]);
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

/** Threads of libuv. */
const THREADS = 4;

/** Keeps all threads that unfold messages busy, as slow disks and name servers do, until released. */
async function blockThreads(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenvault-threads-'));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  // Opening a pipe waits for its other side.
  const readers = Array.from({ length: THREADS }, () => open(pipe, 'r'));
  return async () => {
    closeSync(openSync(pipe, 'w'));
    for (const reader of await Promise.all(readers)) await reader.close();
    await rm(folder, { recursive: true });
  };
}
