import { describe, expect, it } from 'vitest';
import { DRIVE, EMAIL, GMAIL, World } from '../../support/replica-fixture.ts';
import { Caller, connectedAlice, grantsOf, newestGrant, storedUser } from './steps.ts';

/** Alice at a Google that rotates refresh tokens. */
async function rotatingAlice(world: World) {
  const connected = await connectedAlice(world);
  world.google.project.rotating = true;
  return connected;
}

describe('a refresh token that Google rotates', () => {
  it('is in Vault before the access token is handed out', async () => {
    const world = new World();
    const { caller, refreshToken } = await rotatingAlice(world);
    const hold = world.vault.script.hold('users.write');
    let answered = false;
    const call = caller.get().finally(() => {
      answered = true;
    });
    await world.clock.advance(1_000);
    expect([hold.waiting, answered]).toEqual([1, false]);
    hold.release();
    await world.settled(call);
    expect(newestGrant(world).refreshToken.equals(refreshToken)).toBe(false);
  });

  it('takes its predecessor’s place, with its date and scopes', async () => {
    const world = new World();
    const { caller } = await rotatingAlice(world);
    const { obtainedAt, scopes } = newestGrant(world);
    await world.clock.advance(60_000);
    await caller.token();
    expect(grantsOf(world)).toMatchObject([{ obtainedAt, scopes, state: 'live' }]);
    expect(storedUser(world).generation).toBe(1);
  });

  it('takes its predecessor’s place also where another replica has marked that dead', async () => {
    const world = new World();
    const { caller } = await rotatingAlice(world);
    const other = new Caller(world, await world.startReplica());
    const held = world.google.hold('refresh', 'after');
    const call = caller.get();
    await world.settled(held.arrived);
    expect(await world.reasonOf(other.get())).toBe('USER_RECONSENT_REQUIRED');
    expect(newestGrant(world).state).toBe('dead');
    held.release();
    expect(await world.reasonOf(call)).toBe('OK');
    expect(grantsOf(world)).toMatchObject([{ state: 'live' }]);
    expect(newestGrant(world).cause).toBeUndefined();
    expect(await world.reasonOf(other.get())).toBe('OK');
  });

  it('is held while Vault is down: refreshes of that user wait, and none sends the old one', async () => {
    const world = new World();
    const { caller, refreshToken } = await rotatingAlice(world);
    const held = world.google.hold('refresh', 'after');
    const first = caller.get();
    await world.settled(held.arrived);
    world.vault.script.failNext('users.write', 'before', 4);
    held.release();
    const second = caller.get({ scopes: [EMAIL] });
    expect(await world.reasonOf(second)).toBe('OK');
    expect(await world.reasonOf(first)).toBe('OK');
    expect(world.google.count('refresh', refreshToken)).toBe(1);
  });

  it('that is held for long is Vault’s failure, and Google is not blamed for it later', async () => {
    const world = new World();
    const { caller, refreshToken } = await rotatingAlice(world);
    const held = world.google.hold('refresh', 'after');
    const first = caller.get();
    await world.settled(held.arrived);
    world.vault.script.down = true;
    held.release();
    expect(await world.reasonOf(first)).toBe('STORE_UNAVAILABLE');
    expect(await world.reasonOf(caller.get())).toBe('STORE_UNAVAILABLE');
    world.vault.script.down = false;
    await world.clock.advance(6_000);
    expect(await world.reasonOf(caller.get())).toBe('OK');
    expect(world.google.count('refresh', refreshToken)).toBe(1);
  });

  it('that is held longer than its own refresh still keeps others from sending the old one', async () => {
    const world = new World();
    const { caller, refreshToken } = await rotatingAlice(world);
    world.vault.script.failNext('users.write', 'before', 15);
    expect(await world.reasonOf(caller.get())).toBe('STORE_UNAVAILABLE');
    expect(await world.reasonOf(caller.get())).toBe('OK');
    expect(world.google.count('refresh', refreshToken)).toBe(1);
    expect(grantsOf(world)).toMatchObject([{ state: 'live' }]);
  });

  it('gives its access token no longer life than Google did', async () => {
    const world = new World();
    const { caller } = await rotatingAlice(world);
    world.vault.script.failNext('users.write', 'before', 5);
    const answeredAt = world.clock.now();
    const token = await caller.token();
    expect(world.clock.now()).toBeGreaterThan(answeredAt);
    expect(token.expireTime).toBe(answeredAt + world.google.project.accessTokenLifeMs);
  });

  it('counts that life by both clocks: the machine may sleep before the token is stored', async () => {
    const world = new World();
    const { caller } = await rotatingAlice(world);
    const hold = world.vault.script.hold('users.write');
    const call = caller.get();
    await world.clock.advance(1_000);
    world.clock.jumpWall(world.google.project.accessTokenLifeMs);
    hold.release();
    const { expireTime } = await world.settled(call);
    expect(expireTime).toBeGreaterThan(world.clock.now());
    expect(world.google.count('refresh')).toBe(2);
  });

  it('stands behind a consent that took its predecessor’s place, and ends none', async () => {
    const world = new World();
    const { caller } = await rotatingAlice(world);
    const other = new Caller(world, await world.startReplica());
    const held = world.google.hold('refresh', 'after');
    const call = caller.get();
    await world.settled(held.arrived);
    await world.clock.advance(1_000);
    const scopes = ['openid', EMAIL, DRIVE, GMAIL];
    await world.settled(other.exchange(world.mintCode({ scopes, refreshToken: true })));
    held.release();
    expect(await world.reasonOf(call)).toBe('OK');
    expect(grantsOf(world)).toMatchObject([
      { scopes: scopes.sort(), state: 'live' },
      { state: 'live' },
    ]);
  });

  it('is not dropped in favour of a newer one that is dead', async () => {
    const world = new World();
    const { caller } = await rotatingAlice(world);
    const other = new Caller(world, await world.startReplica());
    const held = world.google.hold('refresh', 'after');
    const call = caller.get();
    await world.settled(held.arrived);
    await world.clock.advance(1_000);
    await world.settled(other.exchange(world.mintCode({ refreshToken: true })));
    world.google.next('refresh', { kind: 'refused', cause: 'invalid_grant' });
    expect(await world.reasonOf(other.get())).toBe('USER_RECONSENT_REQUIRED');
    held.release();
    expect(await world.reasonOf(call)).toBe('OK');
    expect(grantsOf(world)).toMatchObject([{ state: 'dead' }, { state: 'live' }]);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });
});

describe('a rotated refresh token that loses to a revocation', () => {
  it('goes along with one that runs', async () => {
    const world = new World();
    const { caller } = await rotatingAlice(world);
    const held = world.google.hold('refresh', 'after');
    const call = caller.get();
    await world.settled(held.arrived);
    const rotated = world.google.project.refreshTokensOf('sub-of-alice').at(-1);
    world.google.next('revoke', { kind: 'no_answer', cause: 'unavailable', sent: true });
    await world.settled(caller.revoke());
    held.release();
    expect(await world.reasonOf(call)).toBe('USER_REVOKED');
    expect(storedUser(world).toRevoke.map((token) => token.reveal())).toEqual([rotated?.reveal()]);
    await world.clock.advance(120_000);
    expect(world.google.count('revoke', rotated)).toBe(1);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', toRevoke: [] });
  });

  it('is revoked in the background after one that is done', async () => {
    const world = new World();
    const { caller } = await rotatingAlice(world);
    const held = world.google.hold('refresh', 'after');
    const call = caller.get();
    await world.settled(held.arrived);
    const rotated = world.google.project.refreshTokensOf('sub-of-alice').at(-1);
    await world.settled(caller.revoke());
    held.release();
    expect(await world.reasonOf(call)).toBe('USER_REVOKED');
    await world.clock.advance(1_000);
    expect(world.google.count('revoke', rotated)).toBe(1);
    expect(world.vault.markers).toEqual([]);
  });
});
