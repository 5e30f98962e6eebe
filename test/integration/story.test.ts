import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GetUserRequest, ProviderRevocation, UserState } from '../../src/client/messages.ts';
import { DriveFolder } from '../../src/dev/drive-folder.ts';
import { type AppCalls, endOf } from '../support/app-calls.ts';
import { type AppWorld, startWorld } from '../support/app-world.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

describe('the main job, over sockets', () => {
  let world: AppWorld;
  let app: RunningApp;
  let calls: AppCalls;

  beforeAll(async () => {
    world = await startWorld();
    app = await startRunningApp(world);
    ({ calls } = app);
  });
  afterAll(async () => {
    await app?.stop();
    await world?.close();
  });

  it('turns a code into Drive access for a user who is offline, until the user is revoked', async () => {
    const exchanged = await calls.exchange(await calls.mintCode('story'));
    expect(exchanged).toMatchObject({ userId: 'story', refreshTokenKept: false });
    expect(exchanged.profile?.email).toBe('story@example.com');

    const { accessToken, tokenType, scopes } = await calls.getToken('story');
    expect(tokenType).toBe('Bearer');
    expect(scopes).toHaveLength(1);
    const folder = await DriveFolder.open(accessToken, world.google.url);
    const [file] = await folder.list();
    expect(await folder.content(file?.id ?? '')).not.toBe('');

    expect(await calls.getUser('story')).toMatchObject({ state: UserState.USER_STATE_ACTIVE });
    const { providerRevocation } = await calls.revoke('story');
    expect(providerRevocation).toBe(ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED);
    expect(await endOf(calls.getToken('story'))).toBe('USER_REVOKED');
    expect(await endOf(calls.signIn('story'))).toBe('OK');
    expect(await endOf(calls.getToken('story'))).toBe('OK');
  });

  it('gives the repeat of an exchange the recorded answer, and Google sees the code once', async () => {
    const code = await calls.mintCode('repeats');
    const sentBefore = world.google.requests.count('/token', { grant_type: 'authorization_code' });
    const first = await calls.exchange(code);
    expect(await calls.exchange(code)).toEqual(first);
    const sent = world.google.requests.count('/token', { grant_type: 'authorization_code' });
    expect(sent - sentBefore).toBe(1);
  });

  it('keeps the stored refresh token where a later consent brings none', async () => {
    await calls.signIn('returns');
    const again = await calls.exchange(await calls.mintCode('returns'));
    expect(again.refreshTokenKept).toBe(true);
    expect(await endOf(calls.getToken('returns'))).toBe('OK');
  });

  it('lets each caller do its own job only', async () => {
    const worker = app.connectAs('drive-worker');
    const gateway = app.connectAs('gateway');
    const revoke = { userId: 'story', reason: '', grantedBefore: undefined };
    const terms = { timeoutMs: 5_000 };
    expect(await endOf(worker.revokeUser(revoke, terms))).toBe('CALLER_NOT_ALLOWED');
    expect(
      await endOf(gateway.getUser(GetUserRequest.fromPartial({ userId: 'story' }), terms)),
    ).toBe('CALLER_NOT_ALLOWED');
    expect(
      await endOf(worker.getUser(GetUserRequest.fromPartial({ userId: 'nobody' }), terms)),
    ).toBe('USER_NOT_CONNECTED');
    for (const connection of [worker, gateway]) connection.close();
  });
});
