import { describe, expect, it } from 'vitest';
import { DROPPED } from '../../support/fakes/fake-google.ts';
import { DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';
import { Caller, connectedAlice } from './steps.ts';

describe('many callers for one cold user', () => {
  it('cost one record read and one refresh, and all get the same token', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.script.clearCalls();
    const calls = Array.from({ length: 10_000 }, () => caller.get());
    const tokens = await world.settled(Promise.all(calls));

    expect(world.vault.script.count('users.read')).toBe(1);
    expect(world.google.count('refresh')).toBe(1);
    expect(new Set(tokens.map(({ accessToken }) => accessToken.reveal())).size).toBe(1);
  });

  it('cost one attempt at a Google that fails, and all get the same answer', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.down = DROPPED;
    const calls = Array.from({ length: 1_000 }, () => caller.get());
    const answers = await world.settled(Promise.allSettled(calls));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(world.google.count('refresh')).toBe(1);
  });

  it('are not failed by the one who came first and left', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const held = world.google.hold('refresh');
    void caller.get({}, world.context('impatient', 1));
    const follower = caller.get();
    await world.clock.advance(2_000);
    held.release();
    expect(await world.reasonOf(follower)).toBe('OK');
  });
});

describe('refreshes of one user and client', () => {
  it('follow one another, each for its own scopes', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const held = world.google.hold('refresh');
    const first = caller.get({ scopes: [DRIVE] });
    const second = caller.get({ scopes: [EMAIL] });
    await world.clock.advance(1_000);
    expect(world.google.count('refresh')).toBe(1);
    held.release();
    const tokens = await world.settled(Promise.all([first, second]));
    expect(tokens.map(({ scopes }) => scopes)).toEqual([[DRIVE], [EMAIL]]);
  });

  it('of different users do not wait for each other', async () => {
    const world = new World();
    const { caller, replica } = await connectedAlice(world);
    await world.connect(replica.tokenVault, { sub: 'sub-of-bob' });
    const held = world.google.hold('refresh');
    const alice = caller.get();
    expect(await world.reasonOf(caller.get({ userId: 'sub-of-bob' }))).toBe('OK');
    held.release();
    expect(await world.reasonOf(alice)).toBe('OK');
  });
});

describe('a Google that never answers', () => {
  it('fails its callers after the flight’s deadline, and never wedges the user', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.hold('refresh');
    const startedAt = world.clock.monotonic();
    expect(await world.reasonOf(caller.get())).toBe('PROVIDER_UNAVAILABLE');
    expect(world.clock.monotonic() - startedAt).toBeLessThanOrEqual(30_000);

    await world.clock.advance(5_000);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('is not asked again for callers whose time ran out while they waited for their turn', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.hold('refresh');
    const calls = [DRIVE, EMAIL, 'openid'].map((scope) => caller.get({ scopes: [scope] }));
    await world.settled(Promise.allSettled(calls));
    await world.clock.advance(60_000);
    expect(world.google.count('refresh')).toBe(1);
  });
});

describe('a Vault that never answers', () => {
  it('never wedges the user either', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const hold = world.vault.script.hold('users.read');
    expect(await world.reasonOf(caller.get())).not.toBe('OK');
    hold.release();
    await world.clock.advance(5_000);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });
});

describe('a negative answer of the record', () => {
  it('goes to those who came before it was read; the others share one new look', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const other = new Caller(world, await world.startReplica());
    await world.settled(caller.revoke());
    await world.clock.advance(1_000);

    const hold = world.vault.script.hold('users.read', 'after');
    const early = caller.get();
    await world.clock.advance(0);
    expect(hold.waiting).toBe(1);
    // The consent lands while the answer about the revoked user is on its way.
    const consent = other.exchange(world.mintCode());
    hold.release();
    expect(await world.reasonOf(early)).toBe('USER_REVOKED');
    await world.settled(consent);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('is looked up anew, once, by those who came after it was read', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const gate = Promise.withResolvers<void>();
    const answer = { kind: 'refused', cause: 'invalid_scope' } as const;
    world.google.next('refresh', { answer, before: gate.promise });
    world.vault.script.clearCalls();
    const early = caller.get();
    await world.clock.advance(10);
    expect(world.vault.script.count('users.read')).toBe(1);
    const late = Array.from({ length: 5 }, () => caller.get());
    gate.resolve();

    expect(await world.reasonOf(early)).toBe('SCOPE_NOT_GRANTED');
    for (const call of late) expect(await world.reasonOf(call)).toBe('OK');
    expect(world.vault.script.count('users.read')).toBe(2);
    expect(world.google.count('refresh')).toBe(2);
  });
});
