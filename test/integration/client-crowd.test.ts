import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenVaultConnection } from '../../src/client/connect.ts';
import { GetAccessTokenRequest } from '../../src/client/messages.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { ISSUED } from '../support/fakes/hand-written-token-vault.ts';
import { startTokenVaultServer, type TokenVaultServer } from '../support/token-vault-server.ts';

/** What the server takes on one connection. */
const STREAMS = 100;
const SHORT_MS = 1_000;
const LONG_MS = 30_000;
const REQUEST = GetAccessTokenRequest.fromPartial({ userId: '1', scopes: [...ISSUED.scopes] });

let fixture: TokenVaultServer;
let connection: TokenVaultConnection;

beforeAll(async () => {
  fixture = await startTokenVaultServer();
  connection = fixture.connect();
});
afterAll(async () => {
  connection.close();
  await fixture.server.stop(0);
});

function crowd(timeoutMs: number): readonly Promise<string>[] {
  return Array.from({ length: STREAMS }, () =>
    connection.getAccessToken(REQUEST, { timeoutMs }).then(
      () => 'OK',
      (error: unknown) => (error instanceof TokenVaultError ? error.code : 'unexpected'),
    ),
  );
}

describe('a client with more calls than a connection carries, while the server hangs', () => {
  it('gets for each what becomes of it, also when many run out of time at once', async () => {
    const hanging = Promise.withResolvers<typeof ISSUED>();
    fixture.tokenVault.onGetAccessToken = () => hanging.promise;
    const [short, long] = [crowd(SHORT_MS), crowd(LONG_MS)];
    expect(new Set(await Promise.all(short))).toEqual(new Set(['DEADLINE_EXCEEDED']));
    hanging.resolve(ISSUED);
    expect(new Set(await Promise.all(long))).toEqual(new Set(['OK']));
  });
});
