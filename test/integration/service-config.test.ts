import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { channelCredentials } from '../../src/client/credentials.ts';
import { Failure } from '../../src/domain/failure.ts';
import {
  ExchangeCodeRequest,
  GetUserRequest,
  TokenVaultClient,
  TokenVaultService,
} from '../../src/gen/tokenvault/v1/token_vault.ts';
import { EXCHANGED, USER } from '../support/fakes/hand-written-token-vault.ts';
import { startTokenVaultServer, type TokenVaultServer } from '../support/token-vault-server.ts';

const FILE = join(import.meta.dirname, '../../proto/tokenvault/v1/service_config.json');
const TEXT = readFileSync(FILE, 'utf8');

let fixture: TokenVaultServer;
/** Any gRPC client that is given the file: this one happens to be of Node. */
let client: TokenVaultClient;

beforeAll(async () => {
  fixture = await startTokenVaultServer();
  const { address } = fixture.connectOptions;
  client = new TokenVaultClient(address, channelCredentials(fixture.connectOptions), {
    'grpc.service_config': TEXT,
    'grpc.service_config_disable_resolution': 1,
  });
});

afterAll(async () => {
  client.close();
  await fixture.server.stop(0);
});

beforeEach(() => {
  fixture.tokenVault.requests.length = 0;
});

const getUser = () =>
  new Promise<ServiceError | null>((resolve) =>
    client.getUser(GetUserRequest.fromPartial({ userId: '1' }), resolve),
  );
const exchangeCode = () =>
  new Promise<ServiceError | null>((resolve) =>
    client.exchangeCode(ExchangeCodeRequest.fromPartial({ code: 'a-code' }), resolve),
  );
const sent = () => fixture.tokenVault.requests.length;

describe('service_config.json', () => {
  it('names every RPC of the service, once', () => {
    const rpcs = Object.values(TokenVaultService).map(({ path }) => path);
    const { methodConfig }: { methodConfig: { name: { service: string; method: string }[] }[] } =
      JSON.parse(TEXT);
    const named = methodConfig.flatMap(({ name }) =>
      name.map(({ service, method }) => `/${service}/${method}`),
    );
    expect(named.toSorted()).toEqual(rpcs.toSorted());
  });

  it('lets gRPC repeat a call when the server says so, and no sooner', async () => {
    const at: number[] = [];
    fixture.tokenVault.onGetUser = async () => {
      at.push(performance.now());
      if (at.length === 1) throw new Failure('STORE_UNAVAILABLE', { retryAfterMs: 300 });
      return USER;
    };
    expect(await getUser()).toBeNull();
    const [first = 0, second = 0] = at;
    // Node fires a timer up to a millisecond early by the finer clock.
    expect(second - first).toBeGreaterThanOrEqual(299);
  });

  it('lets it repeat an exchange that is still under way', async () => {
    fixture.tokenVault.onExchangeCode = async () => {
      if (sent() === 1) throw new Failure('EXCHANGE_IN_PROGRESS', { retryAfterMs: 10 });
      return EXCHANGED;
    };
    expect(await exchangeCode()).toBeNull();
    expect(sent()).toBe(2);
  });

  it.each(['EXCHANGE_OUTCOME_UNKNOWN', 'REVOCATION_IN_PROGRESS'] as const)(
    'lets it send no code again that cannot succeed: %s',
    async (reason) => {
      fixture.tokenVault.onExchangeCode = async () => {
        throw new Failure(reason);
      };
      expect((await exchangeCode())?.code).toBe(status.ABORTED);
      expect(sent()).toBe(1);
    },
  );
});
