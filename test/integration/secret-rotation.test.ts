import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { UserState } from '../../src/client/messages.ts';
import { endOf } from '../support/app-calls.ts';
import { type Alias, type AppWorld, startWorld } from '../support/app-world.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

/** "Within seconds", and some more for a busy machine. */
const SECONDS = { timeout: 15_000, interval: 100 };

describe.concurrent('ops rotate a client secret with `vault kv patch`', () => {
  let world: AppWorld;
  let app: RunningApp;
  let users = 0;

  beforeAll(async () => {
    world = await startWorld();
    app = await startRunningApp(world);
  });
  afterAll(async () => {
    await app?.stop();
    await world?.close();
  });

  it('is taken up without a restart, and no call fails meanwhile', async () => {
    const { clientId, secret } = world.clients.default;
    expect(await coldCall('default')).toBe('OK');
    const next = 'GOCSPX-the-next-secret-N3XT';
    world.google.setClientSecrets(clientId, [secret, next]);
    await patch('default', { client_secret: next });

    const ends: string[] = [];
    await vi.waitUntil(async () => {
      ends.push(await coldCall('default'));
      return (await app.metrics.text()).includes('suffix="N3XT",outcome="accepted"');
    }, SECONDS);
    world.google.setClientSecrets(clientId, [next]);
    ends.push(await coldCall('default'));
    expect(new Set(ends)).toEqual(new Set(['OK']));
  });

  it('uses the previous secret as long as Google does not know the new one yet', async () => {
    const { clientId, secret } = world.clients.second;
    expect(await coldCall('second')).toBe('OK');
    const next = 'GOCSPX-not-yet-at-google-LATE';
    await patch('second', { client_secret: next, previous_client_secret: secret });
    await vi.waitUntil(async () => {
      expect(await coldCall('second')).toBe('OK');
      return (await app.metrics.text()).includes('suffix="LATE",outcome="rejected"');
    }, SECONDS);
    world.google.setClientSecrets(clientId, [next]);
    expect(await coldCall('second')).toBe('OK');
  });

  it('a wrong secret kills nobody, and the right one mends it', async () => {
    const { secret } = world.clients.third;
    await app.calls.signIn('bystander', { alias: 'third' });
    await patch('third', { client_secret: 'GOCSPX-wrong' });
    await takenUp('third', 1);
    expect(await getCold('bystander')).toBe('PROVIDER_CLIENT_REJECTED');
    const { state, grants } = await app.calls.getUser('bystander');
    expect(state).toBe(UserState.USER_STATE_ACTIVE);
    expect(grants.map(({ cause }) => cause)).toEqual(['']);

    await patch('third', { client_secret: secret });
    await takenUp('third', 2);
    await vi.waitUntil(async () => (await getCold('bystander')) === 'OK', SECONDS);
  });

  it('a broken record leaves the last good one in force', async () => {
    await app.calls.signIn('careful', { alias: 'fourth' });
    await patch('fourth', { client_secret: '', code_sources: 'nonsense' });
    await vi.waitUntil(
      async () => (await app.metrics.text()).includes('alert="oauth_client_broken"'),
      SECONDS,
    );
    expect(await getCold('careful', 'fourth')).toBe('OK');
  });

  /** Another user each time, whose token no cache has. */
  async function coldCall(alias: Alias): Promise<string> {
    users += 1;
    const code = await app.calls.mintCode(`rotation-${users}`, { alias });
    return endOf(app.calls.exchange(code, { alias }));
  }

  /** Resolves when the service has noticed so many changes of the client. */
  function takenUp(alias: Alias, times: number): Promise<unknown> {
    const changes = () =>
      app.logged.filter((line) => line.includes('oauth_client_changed') && line.includes(alias));
    return vi.waitUntil(() => changes().length === times, SECONDS);
  }

  let asked = 0;
  /** A set of scopes that was not asked for before is in no cache. */
  function getCold(userId: string, alias: Alias = 'third'): Promise<string> {
    const scopes = ['openid', 'email', 'profile'];
    const chosen = scopes.filter((_, bit) => ((asked % 7) + 1) & (1 << bit));
    asked += 1;
    return endOf(app.calls.getToken(userId, { alias, scopes: chosen }));
  }

  /** What the command line sends. */
  async function patch(alias: Alias, data: Readonly<Record<string, string>>): Promise<void> {
    const { address, rootToken } = world.server;
    const path = `${world.mounts.configMount}/data/clients/${alias}`;
    const reply = await fetch(`${address}/v1/${path}`, {
      method: 'PATCH',
      headers: {
        'x-vault-token': rootToken,
        'content-type': 'application/merge-patch+json',
      },
      body: JSON.stringify({ data, options: {} }),
    });
    expect(reply.status).toBe(200);
  }
});
