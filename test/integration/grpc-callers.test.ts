import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority, type LeafOptions } from '../../src/dev/certificates.ts';
import { GetUserRequest, type TokenVaultClient } from '../../src/gen/tokenvault/v1/token_vault.ts';
import {
  answerOf,
  errorOf,
  getAccessToken,
  OPERATOR,
  READER,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';
import { statusDetails } from '../support/status-details.ts';

let running: RunningGrpcServer;

beforeAll(async () => {
  running = await runGrpcServer();
});

afterAll(async () => {
  running.client.close();
  await running.server.stop(0);
});

const getUser = (client: TokenVaultClient) =>
  answerOf((done) => client.getUser(GetUserRequest.fromPartial({ userId: '1' }), done));

describe('a caller', () => {
  it('may do what the policy names for its SPIFFE ID, and nothing else', async () => {
    const client = running.clientOf(await running.authority.issueClient(READER));
    expect(await getUser(client)).toMatchObject({ reply: {} });
    const error = await errorOf(getAccessToken(client));
    expect(error.code).toBe(status.PERMISSION_DENIED);
    expect(statusDetails(error.metadata).details.ErrorInfo).toMatchObject({
      reason: 'CALLER_NOT_ALLOWED',
      metadata: { deniedBy: 'rpc' },
    });
    client.close();
  });

  it('that the policy does not name may do nothing, whatever it asks for', async () => {
    const client = running.clientOf(await running.authority.issueClient('spiffe://td/stranger'));
    for (const request of [{}, { userId: '' }]) {
      const error = await errorOf(getAccessToken(client, { request }));
      expect(statusDetails(error.metadata).details.ErrorInfo.reason).toBe('CALLER_NOT_ALLOWED');
    }
    client.close();
  });

  it.each<[string, LeafOptions]>([
    ['no name', {}],
    ['a DNS name in the form of a SPIFFE ID', { dns: [OPERATOR] }],
    ['two SPIFFE IDs', { uris: [OPERATOR, READER] }],
    ['a URI that is no SPIFFE ID', { uris: ['https://td/operator'] }],
  ])('whose certificate has %s is not authenticated', async (_what, options) => {
    const pair = await running.authority.issue({ clientAuth: true, ...options });
    const client = running.clientOf(pair);
    const error = await errorOf(getUser(client));
    expect(error.code).toBe(status.UNAUTHENTICATED);
    const { reason } = statusDetails(error.metadata).details.ErrorInfo;
    expect(reason).toBe('CALLER_CREDENTIAL_INVALID');
    client.close();
  });
});

describe('a connection', () => {
  const refused = async (client: TokenVaultClient) => {
    const error = await errorOf(getAccessToken(client, { timeoutMs: 5_000 }));
    client.close();
    return error.code;
  };

  it('is refused with a certificate of another authority', async () => {
    const other = await createCertificateAuthority('other');
    const client = running.clientOf(await other.issueClient(OPERATOR));
    expect(await refused(client)).toBe(status.UNAVAILABLE);
  });

  it('is refused with a certificate that is over', async () => {
    const options = { uris: [OPERATOR], clientAuth: true, lifeMs: -60_000 };
    const client = running.clientOf(await running.authority.issue(options));
    expect(await refused(client)).toBe(status.UNAVAILABLE);
  });

  it('is refused with a certificate for servers', async () => {
    const options = { uris: [OPERATOR], serverAuth: true };
    const client = running.clientOf(await running.authority.issue(options));
    expect(await refused(client)).toBe(status.UNAVAILABLE);
  });

  it('is refused without a certificate', async () => {
    const client = running.clientOf(undefined);
    expect(await refused(client)).toBe(status.UNAVAILABLE);
  });
});
