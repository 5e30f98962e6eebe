import { describe, expect, it } from 'vitest';
import { DROPPED } from '../../support/fakes/fake-google.ts';
import { ALICE, DRIVE, EMAIL, GMAIL, World } from '../../support/replica-fixture.ts';
import { Caller, connectedAlice, grantsOf, newestGrant, oneReplica, storedUser } from './steps.ts';

const DEAD = { kind: 'refused', cause: 'invalid_grant' } as const;
const OTHER_CLIENT = 'other.apps.example';

/** Another client of the project takes the alias over, with a secret that Google knows. */
function replaceClient(world: World): void {
  world.google.addClient({ clientId: OTHER_CLIENT, clientSecrets: ['the-newest-secret'] });
  world.vault.setClient('default', { clientId: OTHER_CLIENT });
}

describe('a refresh token that Google calls dead', () => {
  it('is marked dead after a second look, and Google is not asked again for it', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.project.revokeUser(ALICE);
    await expect(caller.token()).rejects.toMatchObject({
      reason: 'USER_RECONSENT_REQUIRED',
      metadata: { cause: 'revokedAtGoogle', oauthClient: 'default' },
    });
    expect(newestGrant(world)).toMatchObject({ state: 'dead', cause: 'revokedAtGoogle' });
    expect(await world.reasonOf(caller.get())).toBe('USER_RECONSENT_REQUIRED');
    expect(world.google.count('refresh')).toBe(1);
    expect(storedUser(world).generation).toBe(1);
  });

  it('has expired where Google had said so before', async () => {
    const world = new World();
    world.google.project.refreshTokenLifeMs = 3_600_000;
    const { caller } = await connectedAlice(world);
    await world.clock.advance(3_700_000);
    await expect(caller.token()).rejects.toMatchObject({ metadata: { cause: 'expired' } });
  });

  it('is not called dead for its date alone', async () => {
    const world = new World();
    world.google.project.refreshTokenLifeMs = 3_600_000;
    const { caller } = await connectedAlice(world);
    world.clock.jumpWall(3_700_000);
    world.google.next('refresh', {
      answer: {
        kind: 'tokens',
        accessToken: newestGrant(world).refreshToken,
        expiresInMs: 3_000,
        scopes: [DRIVE],
      },
    });
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('takes its cached tokens along', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await caller.token();
    world.google.project.revokeUser(ALICE);
    await world.reasonOf(caller.get({ scopes: [EMAIL] }));
    expect(await world.reasonOf(caller.get())).toBe('USER_RECONSENT_REQUIRED');
  });

  it('that a consent has replaced meanwhile was a race: the new one is tried, once', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    const other = new Caller(world, await world.startReplica());
    const held = world.google.hold('refresh');
    const call = caller.get();
    await world.settled(held.arrived);
    world.google.project.revokeUser(ALICE);
    await world.settled(other.exchange(world.mintCode()));
    held.release();
    expect(await world.reasonOf(call)).toBe('OK');
    expect(world.google.count('refresh', refreshToken)).toBe(1);
    expect(newestGrant(world).state).toBe('live');
  });

  it('as its replacement is: two attempts and no more, both marked', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const other = new Caller(world, await world.startReplica());
    const held = world.google.hold('refresh');
    world.google.next('refresh', DEAD);
    const call = caller.get();
    await world.settled(held.arrived);
    world.google.project.revokeUser(ALICE);
    await world.settled(other.exchange(world.mintCode()));
    held.release();
    expect(await world.reasonOf(call)).toBe('USER_RECONSENT_REQUIRED');
    expect(world.google.count('refresh')).toBe(2);
    expect(grantsOf(world).every(({ state }) => state === 'dead')).toBe(true);
  });

  it('does not hide an older one that covers the scopes', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const code = world.mintCode({ scopes: ['openid', GMAIL, EMAIL], refreshToken: true });
    await world.settled(caller.exchange(code));
    world.google.next('refresh', DEAD);
    expect(await world.reasonOf(caller.get({ scopes: [EMAIL] }))).toBe('OK');
    expect(grantsOf(world).map(({ state }) => state)).toEqual(['dead', 'live']);
  });

  it('is never marked over a revocation or a consent that came first', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    const other = new Caller(world, await world.startReplica());
    world.google.next('refresh', DEAD);
    const hold = world.vault.script.hold('users.write');
    const call = caller.get();
    await world.clock.advance(0);
    expect(hold.waiting).toBe(1);
    const consent = other.exchange(world.mintCode({ refreshToken: true }));
    await world.clock.advance(0);
    hold.release();
    await world.settled(Promise.allSettled([call, consent]));
    const [newest] = grantsOf(world);
    expect(newest?.refreshToken.equals(refreshToken)).toBe(false);
    expect(newest?.state).toBe('live');
  });

  it('of a user who is being revoked is USER_REVOKED', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const held = world.google.hold('refresh');
    const call = caller.get();
    await world.settled(held.arrived);
    await world.settled(caller.revoke());
    held.release();
    expect(await world.reasonOf(call)).toBe('USER_REVOKED');
  });
});

describe('a grant of another client id than its alias has now', () => {
  it('is USER_RECONSENT_REQUIRED, cause clientReplaced, without a call to Google', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    replaceClient(world);
    await world.clock.advance(5_000);
    await expect(caller.token()).rejects.toMatchObject({
      reason: 'USER_RECONSENT_REQUIRED',
      metadata: { cause: 'clientReplaced', oauthClient: 'default' },
    });
    expect(world.google.count('refresh')).toBe(0);
    expect(newestGrant(world).state).toBe('live');
  });

  it('is looked at again with the client as it is now', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    replaceClient(world);
    await world.clock.advance(5_000);
    world.vault.setClient('default', { clientId: 'web.apps.example' });
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('vouches for a new client that Google says nothing of', async () => {
    const world = new World();
    const { caller: behind } = await connectedAlice(world);
    for (let times = 0; times < 9; times += 1) world.google.next('probe', DROPPED);
    replaceClient(world);
    const { replica: ahead } = await oneReplica(world);
    await world.connect(ahead.tokenVault, { sub: 'sub-of-bob', clientId: OTHER_CLIENT });
    expect(await world.reasonOf(behind.get({ userId: 'sub-of-bob' }))).toBe('OK');
    expect(await world.reasonOf(behind.get())).toBe('USER_RECONSENT_REQUIRED');
  });

  it('of a new client that Google refuses costs Google one request, not one for each call', async () => {
    const world = new World();
    const { caller: behind } = await connectedAlice(world);
    for (let times = 0; times < 9; times += 1) world.google.next('probe', DROPPED);
    replaceClient(world);
    const { replica: ahead } = await oneReplica(world);
    await world.connect(ahead.tokenVault, { sub: 'sub-of-bob', clientId: OTHER_CLIENT });
    world.google.addClient({ clientId: OTHER_CLIENT, clientSecrets: ['another-secret'] });
    const call = () => world.reasonOf(behind.get({ userId: 'sub-of-bob' }));
    for (let times = 0; times < 6; times += 1) {
      expect(await call()).toBe('PROVIDER_CLIENT_REJECTED');
    }
    expect(world.google.count('refresh')).toBe(1);
    expect(await world.reasonOf(behind.get())).toBe('OK');
  });
});

describe('a record that gives no token', () => {
  it.each([
    ['nobody knows', 'sub-of-nobody', 'default', 'USER_NOT_CONNECTED'],
    ['has no grant for this client', ALICE, 'second', 'USER_NOT_CONNECTED'],
  ])('of a user who %s', async (_, userId, oauthClient, reason) => {
    const world = new World();
    world.vault.setClient('second');
    const { caller } = await connectedAlice(world);
    expect(await world.reasonOf(caller.get({ userId, oauthClient }))).toBe(reason);
  });

  it('that cannot be read pages', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.corrupt(ALICE);
    expect(await world.reasonOf(caller.get())).toBe('STORED_RECORD_CORRUPT');
    expect(world.metrics.labelsOf('tokenvault_alerts_total')).toEqual([
      { alert: 'stored_record_corrupt' },
    ]);
  });
});
