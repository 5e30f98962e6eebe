import { describe, expect, it } from 'vitest';
import { DROPPED } from '../../support/fakes/fake-google.ts';
import { ALICE, World } from '../../support/replica-fixture.ts';
import { atEveryMoment, Crash } from './crash.ts';
import { Caller, connectedAlice, GRACE_MS, oneReplica, storedUser } from './steps.ts';

function expectEnded(world: World): void {
  expect(storedUser(world)).toMatchObject({ state: 'revoked', toRevoke: [] });
  for (const version of world.vault.keptUserVersions(ALICE)) expect(version.grants.size).toBe(0);
  expect(world.google.project.refreshTokensOf(ALICE)).toEqual([]);
  expect(world.vault.markers).toEqual([]);
}

describe('a crash between any two steps of a revocation', () => {
  it('is finished by the next replica to start, once it had begun', async () => {
    await atEveryMoment(async (moment) => {
      const world = new World();
      const { caller, replica } = await connectedAlice(world);
      await world.settled(replica.stop(GRACE_MS));
      const crash = new Crash(world, moment);
      void caller.revoke();
      await world.clock.advance(0);
      crash.bury();

      const begun = world.vault.markers.length > 0 || storedUser(world).state !== 'active';
      const next = new Caller(world, await world.startReplica());
      await world.clock.advance(1_000);
      if (begun) {
        expectEnded(world);
        expect(await world.reasonOf(next.get())).toBe('USER_REVOKED');
      } else {
        expect(await world.reasonOf(next.get())).toBe('OK');
      }
      return crash;
    }, 20);
  });

  it('lets a repeat of the call finish it as well, with replicas that cached tokens', async () => {
    await atEveryMoment(async (moment) => {
      const world = new World();
      const { caller, replica } = await connectedAlice(world);
      const other = new Caller(world, await world.startReplica());
      await other.token();
      await world.settled(replica.stop(GRACE_MS));
      // The other replica's background reads are moments too.
      const crash = new Crash(world, moment);
      void caller.revoke();
      await world.clock.advance(0);
      crash.bury();

      expect(await world.reasonOf(other.revoke())).toBe('OK');
      expect(await world.reasonOf(other.get())).toBe('USER_REVOKED');
      await world.clock.advance(70_000);
      expectEnded(world);
      return crash;
    }, 20);
  });

  it('of the background revocation of a late token is finished too', async () => {
    await atEveryMoment(async (moment) => {
      const world = new World();
      const { caller, replica } = await connectedAlice(world);
      const other = new Caller(world, await world.startReplica());
      const held = world.google.hold('exchange');
      const code = world.mintCode({ refreshToken: true });
      void caller.exchange(code, {}, world.context(undefined, 3_600_000));
      await world.settled(held.arrived);
      await world.settled(other.revoke());
      void replica.stop(GRACE_MS);
      const crash = new Crash(world, moment);
      held.release();
      await world.clock.advance(0);
      crash.bury();
      // A token that no record holds yet dies with the replica that held it.
      const written = storedUser(world).generation > 2;
      await world.startReplica();
      await world.clock.advance(1_000);
      expect(storedUser(world)).toMatchObject({ state: 'revoked', toRevoke: [] });
      expect(world.vault.markers).toEqual([]);
      if (written) expectEnded(world);
      return crash;
    }, 10);
  });
});

describe('a Vault that fails one call of a revocation', () => {
  it('leads to an error that a repeat or the reconciler turns into the end', async () => {
    const ops = [
      'revocations.addMarker',
      'users.write',
      'revocations.writeLog',
      'users.destroyOlderVersions',
      'revocations.removeMarker',
    ] as const;
    for (const op of ops) {
      for (const moment of ['before', 'after'] as const) {
        const world = new World();
        const { caller } = await connectedAlice(world);
        world.vault.script.failNext(op, moment);
        await world.reasonOf(caller.revoke());
        expect(await world.reasonOf(caller.revoke())).toBe('OK');
        await world.clock.advance(70_000);
        expectEnded(world);
      }
    }
  });
});

describe('a Google that drops every other revocation', () => {
  it('is asked until it has confirmed', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    await world.settled(caller.exchange(world.mintCode()));
    world.google.next('revoke', DROPPED);
    world.google.next('revoke', { answer: DROPPED, effect: true });
    await world.settled(caller.revoke());
    await world.clock.advance(130_000);
    expectEnded(world);
    expect(storedUser(world).providerRevocation).toBe('confirmed');
  });
});
