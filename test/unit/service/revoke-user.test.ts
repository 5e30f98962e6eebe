import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { ALICE, exchangeOf, World } from '../../support/replica-fixture.ts';
import { alertsOf, connectedAlice, oneReplica, storedUser } from './steps.ts';

const STEPS = [
  'revocations.addMarker',
  'revocations.writeLog',
  'revocations.removeMarker',
  'users.write',
  'users.destroyOlderVersions',
];

describe('RevokeUser of a connected user', () => {
  it('answers CONFIRMED and leaves a tombstone without tokens', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    const began = world.clock.now();
    const answer = await world.settled(caller.revoke());
    expect(answer.providerRevocation).toBe('confirmed');
    expect(world.google.count('revoke', refreshToken)).toBe(1);
    expect(storedUser(world)).toMatchObject({
      state: 'revoked',
      generation: 2,
      revokeTime: began,
      providerRevocation: 'confirmed',
      revokedPosition: 2,
      toRevoke: [],
    });
  });

  it('takes its steps in this order: marker, record, log, Google, log, record, versions, marker', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.script.clearCalls();
    const held = world.google.hold('revoke');
    const call = caller.revoke();
    await world.settled(held.arrived);
    const steps = () => world.vault.script.calls.filter((op) => STEPS.includes(op));
    const beforeGoogle = ['revocations.addMarker', 'users.write', 'revocations.writeLog'];
    expect(steps()).toEqual(beforeGoogle);
    held.release();
    await world.settled(call);
    expect(steps()).toEqual([
      ...beforeGoogle,
      'revocations.writeLog',
      'users.write',
      'users.destroyOlderVersions',
      'revocations.removeMarker',
    ]);
  });

  it('destroys the versions that held tokens', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await world.settled(caller.revoke());
    const kept = world.vault.keptUserVersions(ALICE);
    expect(kept).toHaveLength(1);
    expect(kept[0]?.grants.size).toBe(0);
  });

  it('says OK only the bound after the reply to the first append', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const hold = world.vault.script.hold('revocations.writeLog', 'after');
    const call = caller.revoke();
    await world.clock.advance(700);
    const appended = world.clock.now();
    hold.release();
    const { effectiveTime } = await world.settled(call);
    expect(effectiveTime).toBe(appended + 2_000);
    expect(world.clock.now()).toBe(effectiveTime);
  });

  it('ends every refresh token of every OAuth client, each once', async () => {
    const world = new World();
    const { caller, replica } = await connectedAlice(world);
    const clientId = 'second.apps.example';
    world.google.addClient({ clientId, clientSecrets: ['second'] });
    world.vault.setClient('second', { clientId, secrets: [new Secret('second')] });
    const request = exchangeOf(world.mintCode({ clientId }), { oauthClient: 'second' });
    await world.settled(replica.tokenVault.exchangeCode(request, world.context()));
    await world.settled(caller.revoke());
    expect(world.google.count('revoke')).toBe(2);
  });

  it('logs the reason and the user’s hash, never the user', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await world.settled(caller.revoke({ reason: 'left the company' }));
    expect(world.logger.text()).toContain('left the company');
    expect(world.logger.text()).not.toContain(ALICE);
  });
});

describe('RevokeUser of anybody else', () => {
  it('of an unknown user answers NOTHING_TO_REVOKE and leaves a tombstone', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const answer = await world.settled(caller.revoke());
    expect(answer.providerRevocation).toBe('nothing_to_revoke');
    expect(storedUser(world)).toMatchObject({ state: 'revoked', generation: 1 });
    expect(world.google.count('revoke')).toBe(0);
    expect(world.vault.markers).toEqual([]);
  });

  it('of a revoked user says again what Google said, and asks nothing', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await world.settled(caller.revoke());
    const again = await world.settled(caller.revoke());
    expect(again.providerRevocation).toBe('confirmed');
    expect(world.google.count('revoke')).toBe(1);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', generation: 3 });
    expect(storedUser(world).revokedPosition).toBe(4);
  });

  it('of a user whose grant is dead still sends the token: success', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.project.revokeUser(ALICE);
    await world.reasonOf(caller.get());
    expect(await world.settled(caller.revoke())).toMatchObject({ providerRevocation: 'confirmed' });
  });

  it('of a record that cannot be read puts a tombstone there, with an alert', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.corrupt(ALICE);
    expect(await world.reasonOf(caller.revoke())).toBe('OK');
    expect(alertsOf(world)).toEqual(['stored_record_corrupt']);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', generation: 3 });
    expect(await world.reasonOf(caller.get())).toBe('USER_REVOKED');
  });
});

describe('granted_before', () => {
  it('makes it a no-op where the newest consent is later', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const grantedBefore = world.clock.now() - 1;
    world.vault.script.clearCalls();
    expect(await world.reasonOf(caller.revoke({ grantedBefore }))).toBe('OK');
    expect(world.vault.script.count('users.write')).toBe(0);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('revokes where the newest consent is not later', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const grantedBefore = world.clock.now();
    await world.settled(caller.revoke({ grantedBefore }));
    expect(storedUser(world).state).toBe('revoked');
  });

  it('writes nothing and waits the bound where a revocation since then is done', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const grantedBefore = world.clock.now();
    await world.settled(caller.revoke());
    world.vault.script.clearCalls();
    const began = world.clock.now();
    const answer = await world.settled(caller.revoke({ grantedBefore }));
    const effectiveTime = began + 2_000;
    expect(answer).toEqual({ generation: 2, providerRevocation: 'confirmed', effectiveTime });
    expect(world.vault.script.count('users.write')).toBe(0);
    expect(world.vault.script.count('revocations.writeLog')).toBe(0);
  });

  it('spares a consent that came between its read and its write', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await world.clock.advance(1_000);
    const grantedBefore = world.clock.now() - 500;
    const hold = world.vault.script.hold('revocations.addMarker');
    const call = caller.revoke({ grantedBefore });
    await world.clock.advance(0);
    await world.settled(caller.exchange(world.mintCode()));
    hold.release();
    await world.settled(call);
    await world.clock.advance(120_000);
    expect(storedUser(world).state).toBe('active');
    expect(world.vault.markers).toEqual([]);
  });
});
