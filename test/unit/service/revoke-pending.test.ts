import { describe, expect, it } from 'vitest';
import { DROPPED } from '../../support/fakes/fake-google.ts';
import { ALICE, World } from '../../support/replica-fixture.ts';
import { alertsOf, Caller, connectedAlice, GRACE_MS, storedUser } from './steps.ts';

const DAY = 24 * 3_600_000;

function pendingNow(world: World): number | undefined {
  const samples = world.metrics.recorded.filter(
    ({ name }) => name === 'tokenvault_revocations_pending',
  );
  return samples.at(-1)?.value;
}

describe('a revocation that Google does not confirm', () => {
  it('is answered PENDING, with nothing handed out any more', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.down = DROPPED;
    expect(await world.settled(caller.revoke())).toMatchObject({ providerRevocation: 'pending' });
    expect(storedUser(world)).toMatchObject({ state: 'revoking', providerRevocation: 'pending' });
    expect(world.vault.markers).toEqual([{ userId: ALICE, generation: 2 }]);
    expect(await world.reasonOf(caller.get())).toBe('USER_REVOKED');
  });

  it('is finished by the reconciler, by any replica, within a minute of Google’s return', async () => {
    const world = new World();
    const { caller, replica } = await connectedAlice(world);
    world.google.down = DROPPED;
    await world.settled(caller.revoke());
    await world.settled(replica.stop(GRACE_MS));
    await world.startReplica();
    await world.clock.advance(1_000);
    expect(pendingNow(world)).toBe(1);

    world.google.down = undefined;
    await world.clock.advance(61_000);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', providerRevocation: 'confirmed' });
    expect(world.vault.markers).toEqual([]);
    expect(pendingNow(world)).toBe(0);
  });

  it('is worked on by two replicas without harm', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await world.startReplica();
    world.google.down = DROPPED;
    await world.settled(caller.revoke());
    world.google.down = undefined;
    world.google.latencyMs = 500;
    await world.clock.advance(70_000);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', generation: 2 });
    expect(world.vault.markers).toEqual([]);
    expect(world.vault.keptUserVersions(ALICE)).toHaveLength(1);
  });

  it('is PENDING again for a repeat, which takes the same tokens along', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    world.google.down = DROPPED;
    await world.settled(caller.revoke());
    expect(await world.settled(caller.revoke())).toMatchObject({ providerRevocation: 'pending' });
    world.google.down = undefined;
    await world.clock.advance(120_000);
    expect(world.google.project.refreshTokenOwner(refreshToken)).toBeUndefined();
    expect(storedUser(world)).toMatchObject({ state: 'revoked', providerRevocation: 'confirmed' });
    expect(world.vault.markers).toEqual([]);
  });

  it('ends UNCONFIRMED after seven days, with an alert, and its tokens are destroyed', async () => {
    const world = new World();
    const { caller, replica } = await connectedAlice(world);
    world.google.down = DROPPED;
    await world.settled(caller.revoke());
    // Nobody works on it for a week.
    await world.settled(replica.stop(GRACE_MS));
    await world.clock.advance(7 * DAY - 3_600_000);
    const next = await world.startReplica();
    await world.clock.advance(1_000);
    expect(storedUser(world).state).toBe('revoking');
    await world.settled(next.stop(GRACE_MS));
    await world.clock.advance(3_600_000);
    await world.startReplica();
    await world.clock.advance(1_000);
    expect(storedUser(world)).toMatchObject({
      state: 'revoked',
      providerRevocation: 'unconfirmed',
    });
    expect(alertsOf(world)).toEqual(['revocation_unconfirmed']);
    const [kept, ...older] = world.vault.keptUserVersions(ALICE);
    expect(kept?.grants.size).toBe(0);
    expect(older).toEqual([]);
  });

  it('ends then also where it was repeated meanwhile', async () => {
    const world = new World();
    const { caller, replica } = await connectedAlice(world);
    world.google.down = DROPPED;
    await world.settled(caller.revoke());
    const began = storedUser(world).revokeTime;
    await world.clock.advance(10_000);
    await world.settled(caller.revoke());
    expect(storedUser(world).revokeTime).toBe(began);
    await world.settled(replica.stop(GRACE_MS));
    await world.clock.advance(7 * DAY - 10_000);
    await world.startReplica();
    await world.clock.advance(1_000);
    expect(storedUser(world).providerRevocation).toBe('unconfirmed');
  });

  it('lets the user consent again once it has ended', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.down = DROPPED;
    await world.settled(caller.revoke());
    world.google.down = undefined;
    await world.clock.advance(61_000);
    expect(await world.reasonOf(caller.exchange(world.mintCode()))).toBe('OK');
    expect(await world.reasonOf(caller.get())).toBe('OK');
    await world.clock.advance(120_000);
    expect(storedUser(world).state).toBe('active');
  });
});

describe('revocations of the same user at the same time', () => {
  it('are all answered OK, and leave one tombstone and no marker', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    const other = new Caller(world, await world.startReplica());
    const calls = [caller.revoke(), other.revoke(), caller.revoke(), other.revoke()];
    const answers = await world.settled(Promise.all(calls));
    for (const { providerRevocation } of answers) {
      expect(['confirmed', 'pending']).toContain(providerRevocation);
    }
    await world.clock.advance(70_000);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', providerRevocation: 'confirmed' });
    expect(world.google.project.refreshTokenOwner(refreshToken)).toBeUndefined();
    expect(world.vault.markers).toEqual([]);
  });

  it('start anew from the record where they lose the first write, and the loser’s marker goes', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const other = new Caller(world, await world.startReplica());
    const hold = world.vault.script.hold('users.write');
    const revoke = caller.revoke();
    const consent = other.exchange(world.mintCode({ refreshToken: true }));
    await world.clock.advance(0);
    expect(hold.waiting).toBe(2);
    hold.release();
    await world.settled(Promise.allSettled([revoke, consent]));
    await world.clock.advance(70_000);
    expect(storedUser(world).state).toBe('revoked');
    expect(world.vault.markers).toEqual([]);
    expect(world.google.project.refreshTokensOf(ALICE)).toEqual([]);
  });

  it('send a token that comes while Google is asked as well, before the tombstone', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const exchange = world.google.hold('exchange', 'after');
    const late = caller.exchange(world.mintCode({ refreshToken: true }));
    await world.settled(exchange.arrived);
    const [, token] = world.google.project.refreshTokensOf(ALICE);
    const revoking = world.google.hold('revoke', 'after');
    const revoke = caller.revoke();
    await world.settled(revoking.arrived);
    exchange.release();
    expect(await world.reasonOf(late)).toBe('REVOCATION_IN_PROGRESS');
    revoking.release();
    expect(await world.settled(revoke)).toMatchObject({ providerRevocation: 'confirmed' });
    expect(world.google.count('revoke', token)).toBe(1);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', toRevoke: [] });
  });
});

describe('a marker whose revocation', () => {
  it('never got to its first write is carried on', async () => {
    const world = new World();
    await connectedAlice(world);
    await world.vault.revocations.addMarker({ userId: ALICE, generation: 2 });
    await world.clock.advance(61_000);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', generation: 2 });
  });

  it('was overtaken by a consent is removed, and the consent stays', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await world.vault.revocations.addMarker({ userId: ALICE, generation: 1 });
    await world.clock.advance(61_000);
    expect(world.vault.markers).toEqual([]);
    expect(await world.reasonOf(caller.get())).toBe('OK');
    expect(world.google.count('revoke')).toBe(0);
  });

  it('cannot be read now is tried again, and does not keep others waiting', async () => {
    const world = new World();
    await connectedAlice(world);
    await world.vault.revocations.addMarker({ userId: 'sub-of-bob', generation: 1 });
    await world.vault.revocations.addMarker({ userId: ALICE, generation: 2 });
    await world.clock.advance(55_000);
    world.vault.script.failNext('users.read', 'before');
    await world.clock.advance(6_000);
    expect(world.vault.markers).toEqual([{ userId: 'sub-of-bob', generation: 1 }]);
    expect(storedUser(world).state).toBe('revoked');
    await world.clock.advance(61_000);
    expect(world.vault.markers).toEqual([]);
  });
});
