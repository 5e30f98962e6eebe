import { Server } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { seesCallStreams } from '../../src/grpc/call-stream-check.ts';
import { frame, RawGrpc } from '../support/raw-grpc.ts';
import {
  getAccessToken,
  OPERATOR,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';

let running: RunningGrpcServer | undefined;

afterEach(async () => {
  vi.restoreAllMocks();
  running?.client.close();
  await running?.server.stop(0);
  running = undefined;
});

/** As a release of grpc-js would be whose calls do not show their stream. */
function hideCallStreams(): void {
  const { addService } = Server.prototype;
  vi.spyOn(Server.prototype, 'addService').mockImplementation(function (
    this: Server,
    definition,
    handlers,
  ) {
    const hidden = Object.entries(handlers).map(([name, handle]) => [
      name,
      (call: object, ...rest: unknown[]) => {
        const get = (target: object, key: PropertyKey) => {
          const value: unknown = key === 'call' ? undefined : Reflect.get(target, key);
          return typeof value === 'function' ? value.bind(target) : value;
        };
        return Reflect.apply(Object(handle), undefined, [new Proxy(call, { get }), ...rest]);
      },
    ]);
    addService.call(this, definition, Object.fromEntries(hidden));
  });
}

/** As one that keeps its HTTP/2 servers elsewhere. */
function hideServers(): void {
  const { createConnectionInjector } = Server.prototype;
  vi.spyOn(Server.prototype, 'createConnectionInjector').mockImplementation(function (
    this: Server,
    credentials,
  ) {
    const injector = createConnectionInjector.call(this, credentials);
    // A map as far as grpc-js uses it.
    const map: unknown = Reflect.get(this, 'http2Servers');
    const own = (name: string) => Reflect.get(Object(map), name).bind(map);
    const other = Object.fromEntries(['get', 'set', 'delete', 'keys'].map((n) => [n, own(n)]));
    Reflect.set(this, 'http2Servers', { ...other, entries: own('entries') });
    return injector;
  });
}

describe('the release of grpc-js that is installed', () => {
  it('shows what is needed of it', async () => {
    expect(await seesCallStreams()).toBe(true);
    running = await runGrpcServer();
    expect(running.logger.lines).toEqual([]);
  });
});

describe('another release', () => {
  const missing = () =>
    running?.logger.lines.filter(({ event }) => event === 'grpc_internals_missing');

  it('that hides the streams of calls: the server says so when it starts, and still knows its callers', async () => {
    hideCallStreams();
    running = await runGrpcServer();
    expect(missing()).toMatchObject([{ level: 'error', missing: 'call stream' }]);
    expect(running.metrics.labelsOf('tokenvault_alerts_total')).toEqual([
      { alert: 'grpc_internals_missing' },
    ]);
    for (let call = 0; call < 2; call += 1) {
      expect(await getAccessToken(running.client)).toHaveProperty('reply');
    }
    expect(running.vault.contexts.map(({ caller }) => caller.id)).toEqual([OPERATOR, OPERATOR]);
    expect(running.metrics.labelsOf('tokenvault_rpc_total')).toHaveLength(2);
  });

  it('that hides its servers: the server says so when it starts, and calls still end', async () => {
    hideServers();
    running = await runGrpcServer();
    expect(missing()).toMatchObject([{ level: 'error', missing: 'stream guard' }]);
    expect(await getAccessToken(running.client)).toHaveProperty('reply');
    const raw = await RawGrpc.connect(running);
    const half = frame(Buffer.alloc(3), { length: 10 });
    const call = raw.open({ headers: { 'grpc-timeout': '50m' }, body: half, end: false });
    expect(await call.answer).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    raw.close();
  });
});
