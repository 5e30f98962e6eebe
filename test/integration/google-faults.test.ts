import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ProviderRevocation, UserState } from '../../src/client/messages.ts';
import { type AppCalls, DRIVE, endOf } from '../support/app-calls.ts';
import { type Alias, type AppWorld, startWorld } from '../support/app-world.ts';
import { RawCalls } from '../support/raw-calls.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

const CODE = { grant_type: 'authorization_code' };
const REFRESH = { grant_type: 'refresh_token' };
const SOON = { timeout: 10_000, interval: 100 };
const EMAIL = 'https://www.googleapis.com/auth/userinfo.email';

describe('Google says no', () => {
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
    world.google.rotateRefreshTokens(false);
  });

  it('refuses a code: the caller needs another one, and nobody is connected', async () => {
    const dead = await calls.mintCode('late', { ttlSeconds: 0 });
    expect(await raw.refusedExchange(dead)).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'CODE_REJECTED',
      pushbackMs: -1,
    });
    expect(await raw.refusedExchange(dead)).toMatchObject({ reason: 'CODE_REJECTED' });
    expect(world.google.requests.count('/token', CODE)).toBe(1);
  });

  it('rotates refresh tokens: each new one is stored before its access token leaves', async () => {
    await calls.signIn('rotated');
    world.google.rotateRefreshTokens(true);
    for (const scopes of [[DRIVE], [EMAIL], [DRIVE, EMAIL]]) {
      expect(await endOf(calls.getToken('rotated', { scopes }))).toBe('OK');
    }
    const used = world.google.requests.list('/token', REFRESH);
    expect(new Set(used.map((request) => request.credential_sha256)).size).toBe(3);
    // What is in Vault is what Google takes now: a replica that knows nothing else can use it.
    const other = await startRunningApp(world);
    expect(await endOf(other.calls.getToken('rotated'))).toBe('OK');
    await other.stop();
  });

  it('lost a rotated token on the way: the predecessor is dead, and the user is asked again', async () => {
    await calls.signIn('torn');
    world.google.rotateRefreshTokens(true);
    world.google.faults.add({ path: '/token', form: REFRESH, drop: 'after' });
    expect(await raw.refusedGet('torn')).toMatchObject({ reason: 'PROVIDER_UNAVAILABLE' });
    expect(await raw.refusedGet('torn')).toMatchObject({ reason: 'USER_RECONSENT_REQUIRED' });
  });

  it('takes the user’s access away: dead once Google has said so, and until the next consent', async () => {
    await calls.signIn('gone');
    await world.google.revokeUser('gone');
    const refusal = {
      code: 'FAILED_PRECONDITION',
      reason: 'USER_RECONSENT_REQUIRED',
      metadata: { cause: 'revokedAtGoogle', oauthClient: 'default' },
      pushbackMs: -1,
    };
    expect(await raw.refusedGet('gone')).toMatchObject(refusal);
    expect(await raw.refusedGet('gone')).toMatchObject(refusal);
    expect(world.google.requests.count('/token', REFRESH), 'one death, one question').toBe(1);
    await calls.signIn('gone');
    expect(await endOf(calls.getToken('gone'))).toBe('OK');
  });

  it('does not answer a revocation: refused by every replica, and a later replica finishes it', async () => {
    await calls.signIn('leaver');
    const other = await startRunningApp(world);
    expect(await endOf(other.calls.getToken('leaver'))).toBe('OK');
    world.google.faults.add({ path: '/revoke', times: 100, status: 503 });
    const { providerRevocation } = await calls.revoke('leaver');
    expect(providerRevocation).toBe(ProviderRevocation.PROVIDER_REVOCATION_PENDING);
    expect(await raw.refusedGet('leaver')).toMatchObject({
      reason: 'USER_REVOKED',
      pushbackMs: -1,
    });
    expect(await endOf(other.calls.getToken('leaver'))).toBe('USER_REVOKED');
    await other.stop();
    const tooEarly = await raw.refusedExchange(
      await calls.mintCode('leaver', { prompt: 'consent' }),
    );
    expect(tooEarly).toMatchObject({ code: 'ABORTED', reason: 'REVOCATION_IN_PROGRESS' });
    expect(tooEarly.retryMs).toBeGreaterThan(0);
    world.google.faults.clear();

    const later = await startRunningApp(world);
    const state = async () => (await calls.getUser('leaver')).state;
    await vi.waitUntil(async () => (await state()) === UserState.USER_STATE_REVOKED, SOON);
    await later.stop();
    const asked = world.google.requests.list('/revoke').map((request) => request.credential_sha256);
    expect(new Set(asked).size, 'the consent that came too early went too').toBe(2);
    await calls.signIn('leaver');
    expect(await endOf(calls.getToken('leaver'))).toBe('OK');
  });

  it('refuses our client: operators are paged, no user is touched, and it mends itself', async () => {
    const alias = 'second';
    await calls.signIn('bystander', { alias });
    const { clientId, secret } = world.clients[alias];
    world.google.setClientSecrets(clientId, ['GOCSPX-another']);
    expect(await raw.refusedGet('bystander', alias)).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'PROVIDER_CLIENT_REJECTED',
      metadata: { oauthClient: alias },
    });
    const asked = world.google.requests.count('/token');
    const again = await raw.refusedGet('bystander', alias);
    expect(again.retryMs).toBeGreaterThan(1_000);
    const unspent = await calls.mintCode('newcomer', { alias });
    expect(await raw.refusedExchange(unspent, alias)).toMatchObject({
      reason: 'PROVIDER_CLIENT_REJECTED',
    });
    expect(world.google.requests.count('/token'), 'Google is left in peace').toBe(asked);
    expect(await app.metrics.text()).toMatch(/alerts_total\{alert="oauth_client_rejected"\} [1-9]/);

    // Ops touch the record: a new version, and the client is tried again at once.
    world.google.setClientSecrets(clientId, [secret]);
    await patchClient(alias, { note: 'looked at' });
    await vi.waitUntil(
      async () => (await endOf(calls.exchange(unspent, { alias }))) === 'OK',
      SOON,
    );
    expect((await calls.getUser('bystander')).state).toBe(UserState.USER_STATE_ACTIVE);
    expect(await endOf(calls.getToken('bystander', { alias }))).toBe('OK');
  });

  async function patchClient(alias: Alias, fields: Readonly<Record<string, string>>) {
    const path = `${world.mounts.configMount}/data/clients/${alias}`;
    const { body } = await world.root.read(path);
    const stored: object = Object(body).data.data;
    await world.root.write(path, { data: { ...stored, ...fields } });
  }
});
