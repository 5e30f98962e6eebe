import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { RawGrpc } from './raw-grpc.ts';
import { getAccessToken, type RunningGrpcServer, runGrpcServer } from './running-grpc-server.ts';

/** A server to be abused, and a connection of the abuser. */
export interface Abused {
  readonly running: RunningGrpcServer;
  readonly raw: RawGrpc;
}

/**
 * One server for the tests of a file and a connection for each test. After each test somebody else
 * must still be served: nothing that a caller sends may end the process.
 */
export function abusedServer(): Abused {
  let running: RunningGrpcServer | undefined;
  let raw: RawGrpc | undefined;
  beforeAll(async () => {
    running = await runGrpcServer();
  });
  beforeEach(async () => {
    const server = present(running);
    server.vault.requests.length = 0;
    raw = await RawGrpc.connect(server);
  });
  afterEach(async () => {
    raw?.close();
    expect(await getAccessToken(present(running).client)).toHaveProperty('reply');
  });
  afterAll(async () => {
    running?.client.close();
    await running?.server.stop(0);
  });
  return {
    get running() {
      return present(running);
    },
    get raw() {
      return present(raw);
    },
  };
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('The server runs within tests only.');
  return value;
}
