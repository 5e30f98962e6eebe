import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { CLIENT_ID, DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';
import { alertsOf, connectedAlice, GRACE_MS } from './steps.ts';

const GOOD = { clientId: CLIENT_ID, secrets: [new Secret('the-newest-secret')] } as const;

describe('the configuration of an OAuth client', () => {
  it('is read once and then again every few seconds, not for each call', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.script.clearCalls();
    await caller.token({ scopes: [DRIVE] });
    await caller.token({ scopes: [EMAIL] });
    expect(world.vault.script.count('clients.read')).toBe(0);
    await world.clock.advance(9_500);
    expect(world.vault.script.count('clients.read')).toBe(3);
  });

  it('is no longer read after the stop', async () => {
    const world = new World();
    const { replica } = await connectedAlice(world);
    world.vault.script.clearCalls();
    await world.clock.until(replica.stop(GRACE_MS));
    await world.clock.advance(30_000);
    expect(world.vault.script.count('clients.read')).toBe(0);
  });

  it('takes effect within seconds of a change, without a restart', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.setClient('default', { secrets: [new Secret('patched-secret')] });
    world.google.addClient({ clientId: 'web.apps.example', clientSecrets: ['patched-secret'] });
    await world.clock.advance(4_000);
    await caller.token();
    const [sent] = world.google.requests.slice(-1);
    expect(sent?.clientSecret?.reveal()).toBe('patched-secret');
    expect(world.google.count('refresh')).toBe(1);
  });

  it('that is broken is refused with one alert, while the last good one stays', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.breakClient('default');
    await world.clock.advance(60_000);
    expect(await world.reasonOf(caller.get())).toBe('OK');
    expect(alertsOf(world)).toEqual(['oauth_client_broken']);
    world.vault.setClient('default', GOOD);
    await world.clock.advance(4_000);
    world.vault.breakClient('default');
    await world.clock.advance(4_000);
    expect(alertsOf(world)).toEqual(['oauth_client_broken', 'oauth_client_broken']);
  });

  it('that was never good is CLIENT_NOT_CONFIGURED until it is', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.breakClient('second');
    const call = () => caller.exchange(world.mintCode(), { oauthClient: 'second' });
    expect(await world.reasonOf(call())).toBe('CLIENT_NOT_CONFIGURED');
    world.vault.removeClient('second');
    world.vault.setClient('second', {
      clientId: 'web.apps.example',
      secrets: [new Secret('the-newest-secret')],
    });
    expect(await world.reasonOf(call())).not.toBe('CLIENT_NOT_CONFIGURED');
  });

  it('that ops removed is dropped, with one alert', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.removeClient('default');
    await world.clock.advance(4_000);
    await expect(caller.token()).rejects.toMatchObject({
      reason: 'CLIENT_NOT_CONFIGURED',
      metadata: { oauthClient: 'default' },
    });
    expect(alertsOf(world)).toEqual(['oauth_client_broken']);
  });

  it('that never was one alerts nobody', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const asked = caller.token({ oauthClient: 'mistyped' });
    expect(await world.reasonOf(asked)).toBe('CLIENT_NOT_CONFIGURED');
    expect(alertsOf(world)).toEqual([]);
  });

  it('goes on as last read while Vault is down', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.script.failNext('clients.read', 'before', 5);
    await world.clock.advance(15_000);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });
});
