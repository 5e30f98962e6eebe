import { describe, expect, it } from 'vitest';
import { DROPPED } from '../../support/fakes/fake-google.ts';
import { EMAIL, World } from '../../support/replica-fixture.ts';
import { Caller, connectedAlice } from './steps.ts';

async function twoReplicas(world: World) {
  const connected = await connectedAlice(world);
  return { ...connected, other: new Caller(world, await world.startReplica()) };
}

describe('a token of an earlier consent', () => {
  it('leaves no replica after RevokeUser has answered OK, however warm the caches are', async () => {
    const world = new World();
    const { caller, other } = await twoReplicas(world);
    await caller.token();
    await other.token();
    await world.settled(caller.revoke());
    expect(await world.reasonOf(caller.get())).toBe('USER_REVOKED');
    expect(await world.reasonOf(other.get())).toBe('USER_REVOKED');
  });

  it('leaves none either while Google has not confirmed the revocation', async () => {
    const world = new World();
    const { caller, other } = await twoReplicas(world);
    await other.token();
    world.google.next('revoke', DROPPED);
    await world.settled(caller.revoke());
    expect(await world.reasonOf(other.get())).toBe('USER_REVOKED');
  });

  it('leaves none after a new consent: the caches answer with a new one', async () => {
    const world = new World();
    const { caller, other } = await twoReplicas(world);
    const before = await other.token();
    await world.settled(caller.revoke());
    await world.settled(caller.exchange(world.mintCode()));
    const after = await other.token();
    expect(after.accessToken.equals(before.accessToken)).toBe(false);
    expect(world.google.project.accessTokenOwner(after.accessToken)).toBeDefined();
  });

  it('does not come out of a flight that began before: every waiter is checked', async () => {
    const world = new World();
    const { caller, other } = await twoReplicas(world);
    const held = world.google.hold('refresh', 'after');
    const waiting = [other.get(), other.get()];
    await world.settled(held.arrived);
    await world.settled(caller.revoke());
    held.release();
    for (const call of waiting) expect(await world.reasonOf(call)).toBe('USER_REVOKED');
  });

  it('does not come out of a flight that ended while the log could not be read', async () => {
    const world = new World();
    const { caller, other } = await twoReplicas(world);
    await other.token();
    const log = world.vault.script.hold('revocations.readLog', 'after');
    await world.clock.advance(5_000);
    expect(log.waiting).toBeGreaterThan(0);
    log.release();
    const call = other.get();
    const revoke = caller.revoke();
    await world.settled(revoke);
    await world.settled(call);
    expect(await world.reasonOf(other.get())).toBe('USER_REVOKED');
  });

  it('is served by a replica that is cut off from Vault, in mode available alone', async () => {
    for (const [mode, reason] of [
      ['available', 'OK'],
      ['strict', 'STORE_UNAVAILABLE'],
    ] as const) {
      const world = new World({ mode });
      const { caller } = await connectedAlice(world);
      await caller.token();
      world.vault.script.down = true;
      await world.clock.advance(10_000);
      expect(await world.reasonOf(caller.get())).toBe(reason);
    }
  });
});

describe('a flight that began before a revocation was seen', () => {
  it('is not joined by later callers, who start from the record', async () => {
    const world = new World();
    const { caller, other } = await twoReplicas(world);
    const held = world.google.hold('refresh', 'after');
    const early = other.get();
    await world.settled(held.arrived);
    await world.settled(caller.revoke());
    await world.settled(caller.exchange(world.mintCode()));
    await world.clock.advance(1_000);
    world.vault.script.clearCalls();
    const late = other.get();
    held.release();
    const [, token] = await world.settled(Promise.all([early, late]));
    expect(world.vault.script.count('users.read')).toBeGreaterThan(0);
    expect(world.google.project.accessTokenOwner(token.accessToken)).toBeDefined();
  });

  it('has its result thrown away, and the call starts over once', async () => {
    const world = new World();
    const { caller, other } = await twoReplicas(world);
    const held = world.google.hold('refresh', 'after');
    const call = other.get();
    await world.settled(held.arrived);
    await world.settled(caller.revoke());
    await world.settled(caller.exchange(world.mintCode()));
    await world.clock.advance(1_000);
    held.release();
    const token = await world.settled(call);
    expect(world.google.project.accessTokenOwner(token.accessToken)).toBeDefined();
  });

  it('and one more that meets the same end is CONCURRENT_UPDATE', async () => {
    const world = new World();
    const { caller, other } = await twoReplicas(world);
    const first = world.google.hold('refresh', 'after');
    const second = world.google.hold('refresh', 'after');
    const call = other.get();
    for (const held of [first, second]) {
      await world.settled(held.arrived);
      await world.settled(caller.revoke());
      await world.settled(caller.exchange(world.mintCode()));
      await world.clock.advance(1_000);
      held.release();
    }
    expect(await world.reasonOf(call)).toBe('CONCURRENT_UPDATE');
    expect(await world.reasonOf(other.get())).toBe('OK');
  });

  it('costs a later caller none of his own attempts', async () => {
    const world = new World();
    const { caller, other } = await twoReplicas(world);
    const renew = async () => {
      await world.settled(caller.revoke());
      await world.settled(caller.exchange(world.mintCode()));
      await world.clock.advance(1_000);
    };
    const first = world.google.hold('refresh', 'after');
    void other.get();
    await world.settled(first.arrived);
    await renew();
    const later = other.get();
    const second = world.google.hold('refresh', 'after');
    first.release();
    await world.settled(second.arrived);
    await renew();
    second.release();
    expect(await world.reasonOf(later)).toBe('OK');
  });

  it('does not delay other users, whose tokens stay cached', async () => {
    const world = new World();
    const { caller, other, replica } = await twoReplicas(world);
    await world.connect(replica.tokenVault, { sub: 'sub-of-bob' });
    const bob = await other.token({ userId: 'sub-of-bob' });
    await world.settled(caller.revoke());
    expect(await other.token({ userId: 'sub-of-bob' })).toEqual(bob);
  });
});

describe('a refresh in the background', () => {
  it('puts nothing into the cache that a revocation has overtaken', async () => {
    const world = new World();
    const { caller, other } = await twoReplicas(world);
    await other.token({ scopes: [EMAIL] });
    await world.clock.advance(35 * 60_000);
    const held = world.google.hold('refresh', 'after');
    await other.token({ scopes: [EMAIL] });
    await world.settled(held.arrived);
    await world.settled(caller.revoke());
    held.release();
    await world.clock.advance(1_000);
    expect(await world.reasonOf(other.get({ scopes: [EMAIL] }))).toBe('USER_REVOKED');
  });
});
