import { request as openRequest } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CodeSource, type ExchangeCodeResponse } from '../../src/client/messages.ts';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { REASONS, type Reason } from '../../src/domain/reasons.ts';
import { REASON_STATUS } from '../../src/gateway/reason-status.ts';
import { RIGHTS_CHECK } from '../../src/gateway/rights-check.ts';
import { EXCHANGED } from '../support/fakes/hand-written-connection.ts';
import {
  APP_HEADERS,
  CODE_PATH,
  type GatewayFixture,
  PLANTED_CODE,
  startGatewayFixture,
} from '../support/gateway-fixture.ts';
import { httpsRequest } from '../support/https-request.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await startGatewayFixture({ oauthClient: 'shop' });
});
afterEach(() => fixture.reset());
afterAll(() => fixture.gateway.stop());

const body = { code: PLANTED_CODE };

describe('an app that posts its code', () => {
  it('is told the user, the profile and the scopes, and nothing else', async () => {
    const { status, json, headers } = await fixture.post(body);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(json).toEqual({
      userId: EXCHANGED.userId,
      profile: {
        email: 'user@example.com',
        emailVerified: true,
        name: 'A User',
        givenName: 'A',
        familyName: 'User',
      },
      grantedScopes: EXCHANGED.grantedScopes,
    });
  });

  it('has every field sent on to TokenVault', async () => {
    const codeVerifier = 'v'.repeat(43);
    const redirectUri = 'https://app.example/cb';
    await fixture.post({
      ...body,
      codeSource: 'WEB_REDIRECT',
      redirectUri,
      codeVerifier,
      nonce: 'n',
    });
    expect(fixture.connection.calls[0]?.request).toEqual({
      code: PLANTED_CODE,
      oauthClient: 'shop',
      codeSource: CodeSource.CODE_SOURCE_WEB_REDIRECT,
      redirectUri,
      codeVerifier,
      nonce: 'n',
      expectedUserId: '',
      externalUserId: '',
      rebindExternalUser: false,
    });
  });

  it('that names no code source leaves it to the OAuth client', async () => {
    await fixture.post(body);
    const [call] = fixture.connection.calls;
    expect(call?.request.codeSource).toBe(CodeSource.CODE_SOURCE_UNSPECIFIED);
  });

  it('may name the request, and TokenVault and the log know it by that name', async () => {
    const { headers } = await fixture.post(body, { 'x-request-id': 'app-1' });
    expect(headers['x-request-id']).toBe('app-1');
    expect(fixture.connection.calls[0]?.options).toEqual({
      requestId: 'app-1',
      timeoutMs: 30_000,
    });
    await expect
      .poll(() => fixture.logLines())
      .toMatchObject([
        { event: 'gateway_request', requestId: 'app-1', method: 'POST', route: CODE_PATH },
      ]);
  });

  it.each(['not a name', RIGHTS_CHECK])(
    'is given a name where its own may not be: %s',
    async (id) => {
      const { headers } = await fixture.post(body, { 'x-request-id': id });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
      expect(fixture.connection.calls[0]?.options.requestId).toBe(headers['x-request-id']);
    },
  );

  it('B-070: cannot say who it is or where it comes from', async () => {
    const forged = {
      'x-user-id': 'someone',
      authorization: 'Bearer someone.someone.someone',
      'x-forwarded-for': '10.0.0.1',
      forwarded: 'for=10.0.0.1;host=someone',
      'x-forwarded-host': 'someone',
      via: '10.0.0.1',
    };
    await fixture.post(body, forged);
    await expect.poll(() => fixture.logLines().length).toBe(1);
    expect(JSON.stringify(fixture.connection.calls)).not.toMatch(/someone|10\.0\.0\.1/);
    expect(JSON.stringify(fixture.logLines())).not.toMatch(/someone|10\.0\.0\.1/);
  });

  it('B-111: and goes away: the exchange is carried through', async () => {
    const answer = Promise.withResolvers<ExchangeCodeResponse>();
    const reached = Promise.withResolvers<void>();
    fixture.connection.answer = () => {
      reached.resolve();
      return answer.promise;
    };
    const { port, caPem } = fixture.target;
    const options = { host: 'localhost', port, ca: caPem, path: CODE_PATH, agent: false };
    const sent = openRequest({ ...options, method: 'POST', headers: APP_HEADERS });
    const gone = new Promise((resolve) => sent.on('error', resolve));
    sent.end(JSON.stringify(body));
    await reached.promise;
    sent.destroy();
    await gone;
    answer.resolve(EXCHANGED);
    await expect
      .poll(() => fixture.logLines())
      .toMatchObject([{ event: 'gateway_request', status: 200 }]);
    expect(fixture.connection.calls).toHaveLength(1);
  });
});

describe('B-110: each reason of TokenVault', () => {
  it.each(Object.keys(REASONS) as Reason[])('%s has its status and its wait', async (reason) => {
    const { retryAfterMs } = REASONS[reason];
    fixture.connection.answer = async () => {
      throw new TokenVaultError({ code: 'ANY', reason, retryAfterMs });
    };
    const { status, json, headers } = await fixture.post(body, { 'x-request-id': 'r-7' });
    expect(status).toBe(REASON_STATUS[reason]);
    expect(json).toMatchObject({ status, reason, requestId: 'r-7' });
    const seconds = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1000);
    expect(json.retryAfter).toBe(seconds);
    expect(headers['retry-after']).toBe(seconds === undefined ? undefined : String(seconds));
  });

  it('no answer in time is 504, with the wait before the same request again', async () => {
    fixture.connection.answer = async () => {
      throw new TokenVaultError({ code: 'DEADLINE_EXCEEDED' });
    };
    const { status, json, headers } = await fixture.post(body);
    expect([status, json.reason, headers['retry-after']]).toEqual([
      504,
      'EXCHANGE_IN_PROGRESS',
      '2',
    ]);
  });

  it('a defect is INTERNAL; the log names its place and not its text', async () => {
    fixture.connection.answer = async () => {
      throw new TypeError(`cannot read ${PLANTED_CODE}`);
    };
    const { status, json } = await fixture.post(body);
    expect(status).toBe(500);
    expect(json.reason).toBe('INTERNAL');
    const line = fixture.logLines().find(({ event }) => event === 'gateway_failure');
    expect(line?.at).toContain('gateway.test.ts');
  });
});

it.each(['NOTHING_LISTENS', 'HANDSHAKE_REFUSED', undefined] as const)(
  'without a connection is NOT_READY, and the log says why: %s',
  async (connection) => {
    fixture.connection.answer = async () => {
      throw new TokenVaultError({ code: 'UNAVAILABLE', connection });
    };
    const { status, json } = await fixture.post(body);
    expect(status).toBe(503);
    expect(json.reason).toBe('NOT_READY');
    const line = fixture.logLines().find(({ event }) => event === 'gateway_failure');
    expect(line).toMatchObject({ reason: 'NOT_READY', grpcStatus: 'UNAVAILABLE' });
    expect(line?.connection).toBe(connection);
  },
);

describe('the gateway', () => {
  it('does not start on a port that is taken, and says so', async () => {
    const address = `localhost:${fixture.target.port}`;
    await expect(startGatewayFixture({ address })).rejects.toThrow(
      `The gateway address ${address} is in use: stop the other process, or choose another port.`,
    );
  });

  it('says that it is up', async () => {
    const { status, json } = await fixture.send({ path: '/healthz' });
    expect(status).toBe(200);
    expect(json).toEqual({ status: 'ok' });
  });

  it('lets a request under way end when it stops, and takes no new connection', async () => {
    const own = await startGatewayFixture();
    let stopped: Promise<void> | undefined;
    own.connection.answer = async () => {
      stopped = own.gateway.stop();
      return EXCHANGED;
    };
    expect((await own.post(body)).status).toBe(200);
    await stopped;
    await expect(httpsRequest(own.target, { path: '/healthz' })).rejects.toThrow('ECONNREFUSED');
  });
});
