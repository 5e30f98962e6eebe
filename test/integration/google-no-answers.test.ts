import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UserState } from '../../src/client/messages.ts';
import type { Fault } from '../../src/dev/google/stand-in.ts';
import { type AppCalls, endOf, failureOf } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { RawCalls } from '../support/raw-calls.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

const CODE = { grant_type: 'authorization_code' };
const REFRESH = { grant_type: 'refresh_token' };
const HTML = '<!doctype html><title>Sorry…</title>';
const EMAIL = 'https://www.googleapis.com/auth/userinfo.email';

const JSON_TYPE = { 'content-type': 'application/json' };
const error = (name: string) => JSON.stringify({ error: name });

type Broken = Omit<Fault, 'path' | 'form'>;

/** Answers that are no answer, whatever they were asked. */
const NO_ANSWERS: readonly (Broken & { readonly what: string })[] = [
  { what: '500 without a body', status: 500 },
  { what: '503 as an OAuth error', status: 503, headers: JSON_TYPE, body: error('server_error') },
  { what: '502 as a page of HTML', status: 502, body: HTML },
  { what: '200 as a page of HTML', status: 200, body: HTML },
  { what: 'garbage', body: '\u0000\u0001}{' },
  { what: 'JSON cut short', body: '{"access_token":"ya29.cut' },
  { what: 'a success without a token', body: '{"token_type":"Bearer","expires_in":3599}' },
  { what: 'an absurd life', body: '{"access_token":"x","token_type":"Bearer","expires_in":-5}' },
  { what: 'a body of 100 KB', body: JSON.stringify({ access_token: 'x'.repeat(100_000) }) },
  { what: 'a redirect', status: 307, headers: { location: 'http://127.0.0.1:1/' } },
  { what: 'a socket that drops after it took effect', drop: 'after' },
  { what: 'an error nobody documents', status: 400, headers: JSON_TYPE, body: error('who_knows') },
  { what: '500 as a dead grant', status: 500, headers: JSON_TYPE, body: error('invalid_grant') },
];

/** A code may have been spent by each of these too. */
const MAYBE_SPENT: typeof NO_ANSWERS = [
  ...NO_ANSWERS,
  { what: 'a socket that drops before anything', drop: 'before' },
];

describe('Google gives no answer', () => {
  let world: AppWorld;
  let app: RunningApp;
  let calls: AppCalls;
  let raw: RawCalls;

  beforeAll(async () => {
    world = await startWorld();
    // Each failure is asked for on purpose here: none is remembered for the next call.
    app = await startRunningApp(world, { set: { 'cache.google_failures': '0ms' } });
    ({ calls } = app);
    raw = new RawCalls(world, app.port);
  });
  afterAll(async () => {
    raw?.close();
    await app?.stop();
    await world?.close();
  });
  afterEach(() => {
    world.google.faults.clear();
    world.google.requests.clear();
  });

  async function expectUntouched(sub: string) {
    world.google.faults.clear();
    expect((await calls.getUser(sub)).state).toBe(UserState.USER_STATE_ACTIVE);
    expect(await endOf(calls.getToken(sub))).toBe('OK');
  }

  it.each(NO_ANSWERS)(
    'answers a refresh with $what: try again later',
    async ({ what, ...fault }) => {
      const sub = `refresh ${what}`.replaceAll(' ', '-');
      await calls.signIn(sub);
      world.google.faults.add({ path: '/token', form: REFRESH, times: 9, ...fault });
      const { code, reason, retryMs } = await raw.refusedGet(sub);
      expect({ code, reason }).toEqual({ code: 'UNAVAILABLE', reason: 'PROVIDER_UNAVAILABLE' });
      expect(retryMs).toBeGreaterThan(0);
      await expectUntouched(sub);
    },
  );

  it.each(MAYBE_SPENT)(
    'answers a code with $what: sent once, outcome unknown',
    async ({ what, ...fault }) => {
      const sub = `code ${what}`.replaceAll(' ', '-');
      const oneTime = await calls.mintCode(sub);
      world.google.faults.add({ path: '/token', form: CODE, ...fault });
      const { code, reason, pushbackMs } = await raw.refusedExchange(oneTime);
      expect({ code, reason }).toEqual({ code: 'ABORTED', reason: 'EXCHANGE_OUTCOME_UNKNOWN' });
      expect(pushbackMs, 'the same code is no way on').toBe(-1);
      // Google would answer now, but is not asked a second time.
      expect(await endOf(calls.exchange(oneTime, { timeoutMs: 700 }))).toBe('EXCHANGE_IN_PROGRESS');
      expect(world.google.requests.count('/token', CODE)).toBe(1);
      expect((await raw.refusalOf('getUser', { userId: sub })).reason).toBe('USER_NOT_CONNECTED');
    },
  );

  describe('and throttles', () => {
    const THROTTLES = { path: '/token', status: 429, headers: { 'retry-after': '17' } };
    let throttled: RunningApp;
    let rawThrottled: RawCalls;

    // The pause is the replica's: another one goes on.
    beforeEach(async () => {
      throttled = await startRunningApp(world);
      rawThrottled = new RawCalls(world, throttled.port);
    });
    afterEach(async () => {
      rawThrottled.close();
      await throttled.stop();
    });

    it('a refresh: its Retry-After reaches the caller, and nobody else asks until then', async () => {
      await Promise.all([calls.signIn('throttled'), calls.signIn('bystander')]);
      world.google.faults.add({ ...THROTTLES, form: REFRESH });
      world.google.requests.clear();
      for (const sub of ['throttled', 'bystander', 'bystander']) {
        const { code, reason, retryMs } = await rawThrottled.refusedGet(sub);
        expect([code, reason]).toEqual(['UNAVAILABLE', 'PROVIDER_RATE_LIMITED']);
        expect(retryMs).toBeGreaterThan(16_000);
        expect(retryMs).toBeLessThan(21_000);
      }
      expect(world.google.requests.count('/token')).toBe(1);
      await expectUntouched('throttled');
    });

    it('a refresh: a code is not sent until then, and any other replica takes it over', async () => {
      await calls.signIn('throttled-first');
      world.google.faults.add({ ...THROTTLES, form: REFRESH });
      await rawThrottled.refusedGet('throttled-first');
      const code = await calls.mintCode('after-throttling');
      world.google.requests.clear();
      const { reason, retryMs } = await rawThrottled.refusedExchange(code);
      expect(reason).toBe('PROVIDER_RATE_LIMITED');
      expect(retryMs).toBeGreaterThan(16_000);
      expect(world.google.requests.count('/token')).toBe(0);
      expect(await endOf(calls.exchange(code))).toBe('OK');
      expect(await endOf(throttled.calls.exchange(code))).toBe('OK');
    });

    it('a code: sent once, outcome unknown', async () => {
      const code = await calls.mintCode('throttled-code');
      world.google.faults.add({ ...THROTTLES, form: CODE });
      const { reason, pushbackMs } = await rawThrottled.refusedExchange(code);
      expect([reason, pushbackMs]).toEqual(['EXCHANGE_OUTCOME_UNKNOWN', -1]);
      expect(world.google.requests.count('/token', CODE)).toBe(1);
    });
  });

  it('cannot be dialled: a code is unspent, and any replica that reaches Google takes it over', async () => {
    const cutOff = await startRunningApp(world, {
      // Nobody listens there.
      set: { 'google.token_url': 'http://127.0.0.1:1/token' },
    });
    await calls.signIn('dialled');
    const code = await calls.mintCode('unspent');
    const refused = await failureOf(cutOff.calls.exchange(code));
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', reason: 'PROVIDER_UNAVAILABLE' });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(await endOf(cutOff.calls.getToken('dialled'))).toBe('PROVIDER_UNAVAILABLE');
    expect(await endOf(calls.exchange(code))).toBe('OK');
    expect(await endOf(cutOff.calls.exchange(code))).toBe('OK');
    await cutOff.stop();
    await expectUntouched('dialled');
  });

  it('drops every connection: cached tokens go on, the others are told to wait', async () => {
    await calls.signIn('patient');
    expect(await endOf(calls.getToken('patient'))).toBe('OK');
    world.google.faults.add({ path: '/', times: 1_000, drop: 'before' });
    expect(await endOf(calls.getToken('patient'))).toBe('OK');
    expect(await endOf(calls.getToken('patient', { scopes: [EMAIL] }))).toBe(
      'PROVIDER_UNAVAILABLE',
    );
    await expectUntouched('patient');
  });
});
