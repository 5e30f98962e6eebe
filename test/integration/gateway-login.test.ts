import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';
import { Alerts } from '../../src/domain/alerts.ts';
import type { AppLogin } from '../../src/gateway/app-login.ts';
import { IssuedTokens } from '../../src/jwt/issued-tokens.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { BAD_TOKENS, CANARY } from '../support/bad-tokens.ts';
import {
  CODE_PATH,
  type GatewayFixture,
  PLANTED_CODE,
  startGatewayFixture,
} from '../support/gateway-fixture.ts';
import { RecordingLogger } from '../support/recording/logger.ts';
import { RecordingMetrics } from '../support/recording/metrics.ts';
import { html } from '../support/scripted-server.ts';
import { makeKey, type OddToken, RunningIssuer, SUBJECT } from '../support/token-issuer.ts';

const CLAIM = 'https://login.example/google_sub';
const key = makeKey('first');

let fixture: GatewayFixture;
let issuer: RunningIssuer;
let tokens: IssuedTokens;

beforeAll(async () => {
  fixture = await startGatewayFixture();
});
afterAll(() => fixture.gateway.stop());

beforeEach(async () => {
  issuer = await RunningIssuer.start(await key);
  const [logger, metrics] = [new RecordingLogger(), new RecordingMetrics()];
  const alerts = new Alerts(logger, metrics);
  const checked = () => undefined;
  const deps = { clock: systemClock, logger, metrics, alerts, checked };
  tokens = new IssuedTokens([issuer.options()], deps);
  useLogin({ tokens });
});
afterEach(async () => {
  expect(JSON.stringify(fixture.logLines())).not.toMatch(new RegExp(`${CANARY}|eyJ`));
  fixture.reset();
  await tokens.close();
  await issuer.close();
});

function useLogin(login: AppLogin, perSessionPerMinute = 0): void {
  const rateLimits = { perAddressPerMinute: 0, perSessionPerMinute };
  fixture.gateway.setRules({ corsOrigins: [], trustedProxies: [], rateLimits, login });
}

const post = (token: string | undefined, more: object = {}) =>
  fixture.post(
    { code: PLANTED_CODE, ...more },
    token === undefined ? {} : { authorization: `Bearer ${token}` },
  );
/** Posts as a user with this token; what is said of the user to TokenVault. */
async function userOf(odd: OddToken, more: object = {}) {
  const { status } = await post(await issuer.token(odd), more);
  expect(status).toBe(200);
  const request = fixture.connection.calls.at(-1)?.request;
  return {
    externalUserId: request?.externalUserId,
    expectedUserId: request?.expectedUserId,
    rebindExternalUser: request?.rebindExternalUser,
  };
}

function expectRefused(answer: Awaited<ReturnType<typeof post>>): void {
  expect(answer.status).toBe(401);
  expect(answer.json.reason).toBe('LOGIN_INVALID');
  expect(answer.headers['www-authenticate']).toBe('Bearer');
  expect(answer.headers.connection).toBe('close');
  expect(answer.text).not.toMatch(new RegExp(`${CANARY}|eyJ|token_`));
  expect(fixture.connection.calls).toEqual([]);
}
const outcomes = () =>
  fixture.metrics.labelsOf('tokenvault_gateway_logins_total').map(({ outcome }) => outcome);

describe('a code with a login token', () => {
  it('is that of the user that the token names', async () => {
    expect(await userOf({})).toEqual({
      externalUserId: SUBJECT,
      expectedUserId: '',
      rebindExternalUser: false,
    });
    expect(outcomes()).toEqual(['ok']);
  });

  it('has to belong to the Google account that the configured claim names, if any', async () => {
    useLogin({ tokens, expectedUserClaim: CLAIM });
    const named = await userOf({ claims: { [CLAIM]: '1101694' } });
    expect(named).toMatchObject({ externalUserId: SUBJECT, expectedUserId: '1101694' });
    expect(await userOf({})).toMatchObject({ expectedUserId: '' });
    useLogin({ tokens });
    expect(await userOf({ claims: { [CLAIM]: '1101694' } })).toMatchObject({ expectedUserId: '' });
  });

  it('is that of a user of this login alone, where it has a prefix', async () => {
    useLogin({ tokens, userPrefix: 'shop:' });
    expect(await userOf({})).toMatchObject({ externalUserId: `shop:${SUBJECT}` });
    fixture.connection.calls.length = 0;
    expectRefused(await post(await issuer.token({ claims: { sub: 'x'.repeat(251) } })));
  });

  it('takes the place of another account where the app asks for that', async () => {
    expect(await userOf({}, { replaceAccount: true })).toMatchObject({ rebindExternalUser: true });
    expect(await userOf({}, { replaceAccount: false })).toMatchObject({
      rebindExternalUser: false,
    });
  });

  it('and of another account than that user’s: the app learns which rule it broke', async () => {
    fixture.connection.answer = async () => {
      const metadata = { mismatch: 'externalUser' };
      throw new TokenVaultError({ code: 'FAILED_PRECONDITION', reason: 'USER_MISMATCH', metadata });
    };
    const { status, json } = await post(await issuer.token());
    expect(status).toBe(403);
    expect(json).toMatchObject({ reason: 'USER_MISMATCH', mismatch: 'externalUser' });
  });

  it.each([
    { externalUserId: 'somebody' },
    { expectedUserId: 'somebody' },
    { userId: 'somebody' },
    { sub: 'somebody' },
    { rebindExternalUser: true },
  ])('has its user from nowhere else: %j', async (more) => {
    expect((await post(await issuer.token(), more)).json.reason).toBe('FIELD_INVALID');
    expect(fixture.connection.calls).toEqual([]);
  });
});

describe('a code whose login token is no good', () => {
  it.each(BAD_TOKENS)('is refused: $row', async ({ make, fault }) => {
    expectRefused(await post(await make(issuer)));
    expect(outcomes()).toEqual([fault]);
    await expect
      .poll(() => fixture.logLines())
      .toMatchObject([{ status: 401, reason: 'LOGIN_INVALID', cause: fault }]);
  });

  it.each([
    ['none', undefined, 'token_missing'],
    ['another scheme', `Basic ${CANARY}`, 'token_form'],
    ['no token', 'Bearer', 'token_form'],
    ['no compact JWT', `Bearer ${CANARY}`, 'token_form'],
  ])('is refused: %s', async (_, authorization, fault) => {
    expectRefused(
      await fixture.post(
        { code: PLANTED_CODE },
        authorization === undefined ? {} : { authorization },
      ),
    );
    expect(outcomes()).toEqual([fault]);
  });

  it('is refused: two of them', async () => {
    const one = `Bearer ${await issuer.token()}`;
    expectRefused(await fixture.post({ code: PLANTED_CODE }, { authorization: [one, one] }));
  });

  it.each([
    ['a subject longer than TokenVault takes', { sub: 'x'.repeat(256) }],
    ['a Google account that is no text', { [CLAIM]: 1101694 }],
    ['a Google account that is empty', { [CLAIM]: '' }],
  ])('is refused: %s', async (_, claims) => {
    useLogin({ tokens, expectedUserClaim: CLAIM });
    expectRefused(await post(await issuer.token({ claims })));
    expect(outcomes()).toEqual(['token_claims']);
  });

  it('is refused before its body is read', async () => {
    const answer = await fixture.send({
      method: 'POST',
      path: CODE_PATH,
      headers: { 'content-type': 'application/json', 'x-requested-with': 'x' },
      body: 'no JSON at all',
    });
    expectRefused(answer);
  });
});

describe('while the keys of the login cannot be had', () => {
  it('a code is to be sent again later, and is not refused', async () => {
    issuer.fault = html(502);
    const { status, json, headers } = await post(await issuer.token());
    expect(status).toBe(503);
    expect(json.reason).toBe('LOGIN_UNAVAILABLE');
    expect(headers['retry-after']).toBe('1');
    expect(json.retryAfter).toBe(1);
    expect(outcomes()).toEqual(['token_keys_unavailable']);
    expect(fixture.connection.calls).toEqual([]);
    expect(fixture.logLines()).toContainEqual(
      expect.objectContaining({
        event: 'gateway_failure',
        reason: 'LOGIN_UNAVAILABLE',
        cause: 'token_keys_unavailable',
      }),
    );
  });

  it('known ones go on', async () => {
    expect((await post(await issuer.token())).status).toBe(200);
    issuer.fault = html(502);
    expect((await post(await issuer.token({ claims: { jti: 'another' } }))).status).toBe(200);
  });
});

describe('without a configured login', () => {
  it('an Authorization header is not looked at, and no account is replaced', async () => {
    const rateLimits = { perAddressPerMinute: 0, perSessionPerMinute: 1 };
    fixture.gateway.setRules({ corsOrigins: [], trustedProxies: [], rateLimits });
    expect((await post(await issuer.token())).status).toBe(200);
    expect((await post(undefined)).status).toBe(200);
    expect(fixture.connection.calls[0]?.request.externalUserId).toBe('');
    expect((await post(undefined, { replaceAccount: true })).json.reason).toBe('FIELD_INVALID');
    expect(outcomes()).toEqual([]);
  });
});

describe('too many codes of one user', () => {
  it('are refused, whatever token they come with, and those of others are not', async () => {
    useLogin({ tokens }, 2);
    const as = async (sub: string, jti: string) =>
      post(await issuer.token({ claims: { sub, jti } }));
    expect((await as('user-42', 'a')).status).toBe(200);
    expect((await as('user-42', 'b')).status).toBe(200);
    const { status, json, headers } = await as('user-42', 'c');
    expect([status, json.reason, headers['retry-after']]).toEqual([429, 'TOO_MANY_REQUESTS', '30']);
    expect((await as('user-43', 'a')).status).toBe(200);
    expect(fixture.metrics.labelsOf('tokenvault_gateway_rate_limited_total')).toEqual([
      { limit: 'session' },
    ]);
  });
});
