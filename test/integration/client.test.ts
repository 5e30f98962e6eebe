import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type TokenVaultConnection } from '../../src/client/connect.ts';
import {
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  GetUserRequest,
  ProviderRevocation,
  RevokeUserRequest,
  UserState,
} from '../../src/client/messages.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { Failure } from '../../src/domain/failure.ts';
import { EXCHANGED, ISSUED, USER } from '../support/fakes/hand-written-token-vault.ts';
import { ALL_RIGHTS, rightsWith } from '../support/rights.ts';
import {
  CALLER_ID,
  startTokenVaultServer,
  type TokenVaultServer,
} from '../support/token-vault-server.ts';

let fixture: TokenVaultServer;
let connection: TokenVaultConnection;

beforeAll(async () => {
  fixture = await startTokenVaultServer({ rightsOf: () => (revoking ? ALL_RIGHTS : NO_REVOKING) });
  connection = fixture.connect();
});
afterAll(async () => {
  connection.close();
  await fixture.server.stop(0);
});

let revoking = true;
const NO_REVOKING = rightsWith({ rpcs: new Set(['ExchangeCode', 'GetAccessToken', 'GetUser']) });
const { userId } = USER;
const exchange = ExchangeCodeRequest.fromPartial({ code: 'planted-code' });
const options = { timeoutMs: 5_000, requestId: 'r-1' };

async function failureOf(call: Promise<unknown>): Promise<TokenVaultError> {
  const failure = await call.then(
    () => expect.unreachable('the call succeeded'),
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(TokenVaultError);
  return failure as TokenVaultError;
}

describe('a connection', () => {
  it('calls ExchangeCode', async () => {
    const response = await connection.exchangeCode(exchange, options);
    expect(response).toMatchObject({
      userId: EXCHANGED.userId,
      profile: EXCHANGED.profile,
      grantedScopes: EXCHANGED.grantedScopes,
    });
  });

  it('calls GetAccessToken', async () => {
    const request = GetAccessTokenRequest.fromPartial({ userId, scopes: [...ISSUED.scopes] });
    const response = await connection.getAccessToken(request, options);
    expect(response).toMatchObject({
      accessToken: ISSUED.accessToken.reveal(),
      expireTime: new Date(ISSUED.expireTime),
    });
  });

  it('calls RevokeUser', async () => {
    const request = RevokeUserRequest.fromPartial({ userId, reason: 'asked' });
    const response = await connection.revokeUser(request, options);
    expect(response.providerRevocation).toBe(ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED);
  });

  it('calls GetUser', async () => {
    const { user } = await connection.getUser(GetUserRequest.fromPartial({ userId }), options);
    expect(user).toMatchObject({ userId, state: UserState.USER_STATE_ACTIVE });
  });

  it('is known by its certificate, and each call by its request id', async () => {
    await connection.getUser(GetUserRequest.fromPartial({ userId }), {
      timeoutMs: 5_000,
      requestId: 'worker-7',
    });
    expect(fixture.tokenVault.contexts.at(-1)).toMatchObject({
      caller: { id: CALLER_ID },
      requestId: 'worker-7',
    });
  });
});

describe('a call that fails', () => {
  it('says reason, wait, metadata and request id', async () => {
    const metadata = { missingScopes: 'openid' };
    fixture.tokenVault.onGetUser = async () => {
      throw new Failure('STORE_UNAVAILABLE', { metadata, retryAfterMs: 1_500 });
    };
    const failure = await failureOf(
      connection.getUser(GetUserRequest.fromPartial({ userId }), options),
    );
    expect(failure).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'STORE_UNAVAILABLE',
      retryAfterMs: 1_500,
      metadata,
      requestId: 'r-1',
    });
  });

  it('says every field that is wrong', async () => {
    const request = { ...exchange, code: '', nonce: 'x'.repeat(256) };
    const failure = await failureOf(connection.exchangeCode(request, options));
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'FIELD_INVALID' });
    expect(failure.violations.map(({ field }) => field)).toEqual(['code', 'nonce']);
  });

  it('says that the policy does not allow it', async () => {
    revoking = false;
    const request = RevokeUserRequest.fromPartial({ userId });
    const failure = await failureOf(connection.revokeUser(request, options));
    expect(failure).toMatchObject({ code: 'PERMISSION_DENIED', reason: 'CALLER_NOT_ALLOWED' });
  });

  it('ends at its deadline, without a reason', async () => {
    fixture.tokenVault.onExchangeCode = () => new Promise(() => undefined);
    const failure = await failureOf(connection.exchangeCode(exchange, { timeoutMs: 50 }));
    expect(failure).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: undefined });
  });

  it('holds nothing of the request, whatever prints it', async () => {
    fixture.tokenVault.onExchangeCode = async () => {
      throw new TypeError('cannot read planted-code');
    };
    const failure = await failureOf(connection.exchangeCode(exchange, options));
    expect(failure.reason).toBe('INTERNAL');
    const printed = `${inspect(failure, { depth: null, showHidden: true })}${failure.stack}`;
    expect(printed).not.toContain('planted');
  });
});

describe('a call that never leaves', () => {
  it('ends with CANCELLED once the connection is closed', async () => {
    const closed = fixture.connect();
    closed.close();
    expect(
      (await failureOf(closed.getUser(GetUserRequest.fromPartial({ userId }), options))).code,
    ).toBe('CANCELLED');
  });

  it('names every option of it that is wrong', async () => {
    const wrong = { timeoutMs: Infinity, requestId: 'a\nb', traceparent: '\u{1f600}' };
    const call = connection.getUser(GetUserRequest.fromPartial({ userId }), wrong);
    const { violations, ...failure } = await failureOf(call);
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'FIELD_INVALID' });
    expect(failure.sent).toBe(false);
    expect(violations).toEqual([
      {
        field: 'timeoutMs',
        description: 'timeoutMs must be a number of milliseconds above 0, at most 60000.',
      },
      { field: 'requestId', description: 'requestId must be 1 to 64 of A-Z a-z 0-9 . _ -.' },
      { field: 'traceparent', description: 'traceparent must be printable ASCII.' },
    ]);
  });

  it.each([Number.NaN, Infinity, 0, -1, 60_001])('is given no %d ms', async (timeoutMs) => {
    const call = connection.getUser(GetUserRequest.fromPartial({ userId }), { timeoutMs });
    const { code, violations } = await failureOf(call);
    expect([code, violations.map(({ field }) => field)]).toEqual([
      'INVALID_ARGUMENT',
      ['timeoutMs'],
    ]);
  });
});

describe('a connection is not made', () => {
  it('where nobody listens: UNAVAILABLE', async () => {
    const gone = await startTokenVaultServer();
    await gone.server.stop(0);
    const nobody = gone.connect();
    const failure = await failureOf(
      nobody.getUser(GetUserRequest.fromPartial({ userId }), options),
    );
    expect(failure).toMatchObject({
      code: 'UNAVAILABLE',
      reason: undefined,
      connection: 'NOTHING_LISTENS',
    });
    nobody.close();
  });

  it('to a server of another authority', async () => {
    const { cert: caPem } = await createCertificateAuthority('another');
    const wary = connect({ ...fixture.connectOptions, caPem });
    const failure = await failureOf(wary.getUser(GetUserRequest.fromPartial({ userId }), options));
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', connection: 'SERVER_NOT_TRUSTED' });
    wary.close();
  });

  it('to a server of another name', async () => {
    const wary = connect({ ...fixture.connectOptions, serverName: 'elsewhere.example' });
    const failure = await failureOf(wary.getUser(GetUserRequest.fromPartial({ userId }), options));
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', connection: 'SERVER_NAME_DIFFERS' });
    wary.close();
  });

  it('to an IP address, unless the server is named', async () => {
    const address = `127.0.0.1:${fixture.server.port}`;
    expect(() => connect({ ...fixture.connectOptions, address })).toThrow('serverName');
    fixture.tokenVault.onGetUser = async () => USER;
    const named = connect({ ...fixture.connectOptions, address, serverName: 'localhost' });
    expect(
      (await named.getUser(GetUserRequest.fromPartial({ userId }), options)).user?.userId,
    ).toBe(userId);
    named.close();
  });
});
