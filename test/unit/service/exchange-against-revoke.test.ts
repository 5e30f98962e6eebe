import { describe, expect, it, vi } from 'vitest';
import { DROPPED } from '../../support/fakes/fake-google.ts';
import { ALICE, World } from '../../support/replica-fixture.ts';
import { Caller, connectedAlice, grantsOf, oneReplica, storedUser } from './steps.ts';

/** An exchange that Google has answered, with its answer not here yet. */
async function answeredExchange(world: World, caller: Caller) {
  const code = world.mintCode({ refreshToken: true });
  const held = world.google.hold('exchange', 'after');
  const call = caller.exchange(code, {}, world.context(undefined, 60_000));
  await world.settled(held.arrived);
  const refreshToken = world.google.project.refreshTokensOf(ALICE).at(-1);
  if (refreshToken === undefined) throw new Error('no refresh token was issued');
  return { code, call, held, refreshToken };
}

describe('a revocation wins over an exchange that began before it', () => {
  it('while it runs: the token goes along with it, and the caller is told to come again', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const exchange = await answeredExchange(world, caller);
    world.google.next('revoke', DROPPED);
    const { providerRevocation } = await world.settled(caller.revoke());
    expect(providerRevocation).toBe('pending');

    exchange.held.release();
    expect(await world.reasonOf(exchange.call)).toBe('REVOCATION_IN_PROGRESS');
    expect(storedUser(world).toRevoke.some((one) => one.equals(exchange.refreshToken))).toBe(true);

    await world.clock.advance(120_000);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', toRevoke: [] });
    expect(world.google.count('revoke', exchange.refreshToken)).toBe(1);
    expect(world.vault.markers).toEqual([]);
  });

  it('after it is done: the token is revoked in the background, marker first', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const exchange = await answeredExchange(world, caller);
    await world.settled(caller.revoke());
    world.vault.script.clearCalls();

    exchange.held.release();
    expect(await world.reasonOf(exchange.call)).toBe('USER_REVOKED');
    const steps = world.vault.script.calls.filter((op) =>
      ['users.write', 'revocations.addMarker', 'revocations.writeLog'].includes(op),
    );
    expect(steps.slice(0, 3)).toEqual([
      'revocations.addMarker',
      'users.write',
      'revocations.writeLog',
    ]);
    await world.clock.advance(1_000);
    expect(world.google.count('revoke', exchange.refreshToken)).toBe(1);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', toRevoke: [] });
    expect(world.vault.markers).toEqual([]);
    expect(await world.reasonOf(caller.exchange(exchange.code))).toBe('USER_REVOKED');
  });

  it('but not over one that began after it, though a standby’s log lacks the revocation', async () => {
    const world = new World();
    const { revocations } = world.vault;
    const old = await revocations.readLog();
    const { caller } = await connectedAlice(world);
    await world.settled(caller.revoke());
    const now = await revocations.readLog();
    expect(now.log.count).toBeGreaterThan(old.log.count);

    // The replica goes on asking the node that was active, until it looks.
    let isAtStandby = true;
    vi.spyOn(revocations, 'readLog').mockImplementation(async () => (isAtStandby ? old : now));
    vi.spyOn(revocations, 'leaderTerm').mockImplementation(async () => {
      isAtStandby = false;
      return 'the new term';
    });
    const code = world.mintCode({ refreshToken: true });
    expect(await world.settled(caller.exchange(code))).toMatchObject({ userId: ALICE });
    expect(storedUser(world).state).toBe('active');
  });

  it('also for a user of whom nothing was known', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const exchange = await answeredExchange(world, caller);
    const answer = await world.settled(caller.revoke());
    expect(answer.providerRevocation).toBe('nothing_to_revoke');

    exchange.held.release();
    expect(await world.reasonOf(exchange.call)).toBe('USER_REVOKED');
    await world.clock.advance(1_000);
    expect(storedUser(world)).toMatchObject({ state: 'revoked' });
    expect(world.google.count('revoke', exchange.refreshToken)).toBe(1);
  });

  it('when a later consent is stored by now: the token is forgotten and never sent to Google', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const exchange = await answeredExchange(world, caller);
    await world.settled(caller.revoke());
    await world.settled(caller.exchange(world.mintCode()));

    exchange.held.release();
    expect(await world.reasonOf(exchange.call)).toBe('USER_REVOKED');
    await world.clock.advance(120_000);
    expect(world.google.count('revoke', exchange.refreshToken)).toBe(0);
    expect(storedUser(world).state).toBe('active');
    expect(grantsOf(world).some((one) => one.refreshToken.equals(exchange.refreshToken))).toBe(
      false,
    );
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('on another replica, between its read of the record and its write', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const other = new Caller(world, await world.startReplica());
    const hold = world.vault.script.hold('users.write');
    const exchange = caller.exchange(world.mintCode({ refreshToken: true }));
    await world.clock.advance(0);
    const revoke = other.revoke();
    await world.clock.advance(0);
    expect(hold.waiting).toBe(2);
    hold.release();
    await world.settled(Promise.allSettled([exchange, revoke]));
    await world.clock.advance(120_000);
    expect(storedUser(world)).toMatchObject({ state: 'revoked' });
    expect(world.google.project.refreshTokensOf(ALICE)).toEqual([]);
  });

  it('where the exchange keeps the stored token', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const held = world.google.hold('refresh', 'after');
    const call = caller.exchange(world.mintCode(), {}, world.context(undefined, 60_000));
    await world.settled(held.arrived);
    await world.settled(caller.revoke());
    held.release();
    expect(await world.reasonOf(call)).toBe('USER_REVOKED');
    expect(storedUser(world).state).toBe('revoked');
  });

  it('keeps of the tokens that come late the newest ten', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const exchanges = [];
    for (let count = 0; count < 12; count += 1) {
      exchanges.push(await answeredExchange(world, caller));
    }
    world.google.down = DROPPED;
    const revoke = caller.revoke();
    await world.settled(revoke);
    for (const exchange of exchanges) {
      exchange.held.release();
      expect(await world.reasonOf(exchange.call)).toBe('REVOCATION_IN_PROGRESS');
    }
    const kept = storedUser(world).toRevoke.map((token) => token.reveal());
    const newestFirst = exchanges.map(({ refreshToken }) => refreshToken.reveal()).reverse();
    expect(kept).toEqual(newestFirst.slice(0, 10));
  });
});

describe('a consent after a revocation', () => {
  it('works, and remembers the position of the revocation', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await world.settled(caller.revoke());
    const { revokedPosition } = storedUser(world);
    await world.settled(caller.exchange(world.mintCode()));
    expect(storedUser(world)).toMatchObject({ state: 'active', revokedPosition, generation: 3 });
    expect(storedUser(world).revokeTime).toBeUndefined();
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('is refused while the revocation runs', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('revoke', DROPPED);
    await world.settled(caller.revoke());
    const code = world.mintCode({ refreshToken: true });
    expect(await world.reasonOf(caller.exchange(code))).toBe('REVOCATION_IN_PROGRESS');
  });
});
