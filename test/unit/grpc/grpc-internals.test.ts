import { EventEmitter } from 'node:events';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { guardStreams } from '../../../src/grpc/grpc-internals.ts';

const GUARD = { opened: () => undefined, admits: () => true };

/** A server that is not laid out as ours expects. */
function alteredServer(http2Servers: unknown): Server {
  return Object.assign(new Server({ 'grpc.enable_channelz': 0 }), { http2Servers });
}

describe('the hook before grpc-js', () => {
  it('stands in the release that is installed', () => {
    const server = new Server({ 'grpc.enable_channelz': 0 });
    server.createConnectionInjector(ServerCredentials.createInsecure());
    expect(guardStreams(server, GUARD)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['there is no such field', undefined],
    ['it holds no server', new Map()],
    ['it is no map', [new EventEmitter()]],
    ['its servers are none', new Map([[{}, {}]])],
    ['nobody listens for streams', new Map([[new EventEmitter(), {}]])],
    [
      'there are several servers',
      new Map([
        [new EventEmitter(), {}],
        [new EventEmitter(), {}],
      ]),
    ],
  ])('says so where %s', (_what, http2Servers) => {
    expect(guardStreams(alteredServer(http2Servers), GUARD)).toBe(false);
  });
});
