import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GetUserRequest } from '../../src/client/messages.ts';
import { MACHINE, openConnection } from '../../src/client/open-connection.ts';
import { settingsFromEnvironment } from '../../src/client/settings-from-environment.ts';
import { Failure } from '../../src/domain/failure.ts';
import { startTokenVaultServer, type TokenVaultServer } from '../support/token-vault-server.ts';
import { until } from '../support/until.ts';

const DEADLINE_MS = 10_000;
/** Far before the deadline, and long for a machine that is busy. */
const AT_ONCE_MS = 5_000;

let fixture: TokenVaultServer;

beforeAll(async () => {
  fixture = await startTokenVaultServer();
});
afterAll(() => fixture.server.stop(0));

/** A call of a connection to `address`, and how it ends once that is closed. */
function begin(address: string) {
  const { env, files } = fixture.terminal;
  const settings = { ...settingsFromEnvironment(env), address };
  const readFile = (path: string) => files[path] ?? '';
  const connection = openConnection(settings, {}, { ...MACHINE, readFile });
  const request = GetUserRequest.fromPartial({ userId: '1' });
  const call = () =>
    connection.getUser(request, { timeoutMs: DEADLINE_MS }).catch((error: unknown) => error);
  const ended = call();
  const endAfterClose = async () => {
    const closedAt = performance.now();
    connection.close();
    const end = await ended;
    expect(performance.now() - closedAt).toBeLessThan(AT_ONCE_MS);
    return end;
  };
  return { call, endAfterClose };
}

// A server that listens on TCP has an address of this type.
const addressOf = (server: Server) => `localhost:${(server.address() as AddressInfo).port}`;

describe('the end of a connection', () => {
  it('ends a call that waits to be repeated, with the failure that it has', async () => {
    fixture.tokenVault.onGetUser = async () => {
      throw new Failure('STORE_UNAVAILABLE', { retryAfterMs: AT_ONCE_MS + 1_000 });
    };
    const { endAfterClose } = begin(fixture.connectOptions.address);
    await until('the call has come', () => fixture.tokenVault.requests.length === 1);
    expect(await endAfterClose()).toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  });

  it.each([1, 2])(
    'ends a call that waits for silent servers, of which %d are dialled',
    async (count) => {
      const silent = Array.from({ length: count }, () => createServer().listen(0, 'localhost'));
      await Promise.all(silent.map((server) => once(server, 'listening')));
      const dialled = Promise.all(silent.map((server) => once(server, 'connection')));
      const { call, endAfterClose } = begin(silent.map(addressOf).join(','));
      await dialled;
      expect(await endAfterClose()).toMatchObject({ sent: false });
      expect(await call()).toMatchObject({ code: 'CANCELLED', sent: false });
      for (const server of silent) server.close();
    },
  );
});
