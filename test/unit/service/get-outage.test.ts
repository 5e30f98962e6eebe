import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/domain/clock.ts';
import { DROPPED, NOT_SENT, RATE_LIMITED } from '../../support/fakes/fake-google.ts';
import { EMAIL, World } from '../../support/replica-fixture.ts';
import { Caller, connectedAlice, newestGrant } from './steps.ts';

describe('while Google is down', () => {
  it.each([
    ['unreachable', NOT_SENT, 'PROVIDER_UNAVAILABLE'],
    ['broken', DROPPED, 'PROVIDER_UNAVAILABLE'],
    ['throttling', RATE_LIMITED, 'PROVIDER_RATE_LIMITED'],
  ] as const)(
    '(%s) a cold user gets its reason, and his grant lives on',
    async (_, down, reason) => {
      const world = new World();
      const { caller } = await connectedAlice(world);
      world.google.down = down;
      expect(await world.reasonOf(caller.get())).toBe(reason);
      expect(newestGrant(world).state).toBe('live');
    },
  );

  it('is asked again after five seconds, not before', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.down = DROPPED;
    await world.reasonOf(caller.get());
    world.google.down = undefined;
    await world.clock.advance(4_900);
    expect(await world.reasonOf(caller.get())).toBe('PROVIDER_UNAVAILABLE');
    expect(world.google.count('refresh')).toBe(1);
    await world.clock.advance(200);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('the caller is told to wait as long as Google says', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('refresh', { ...RATE_LIMITED, retryAfterMs: 42_000 });
    const failure = await caller.token().catch((error: unknown) => error);
    // Give or take the tenth by which replicas differ.
    expect(Object(failure).retryAfterMs).toBeGreaterThanOrEqual(42_000);
    expect(Object(failure).retryAfterMs).toBeLessThan(47_000);
  });

  it.each([
    ['reauth_required', 'USER_REAUTH_REQUIRED'],
    ['admin_policy_enforced', 'ADMIN_POLICY_ENFORCED'],
    ['invalid_request', 'INTERNAL'],
  ] as const)('a refusal for %s is %s and leaves the grant alive', async (cause, reason) => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('refresh', { kind: 'refused', cause });
    expect(await world.reasonOf(caller.get())).toBe(reason);
    expect(newestGrant(world).state).toBe('live');
  });
});

describe('while Vault is down', () => {
  it('a cold user gets STORE_UNAVAILABLE, which is not remembered', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.script.down = true;
    expect(await world.reasonOf(caller.get())).toBe('STORE_UNAVAILABLE');
    expect(world.google.count('refresh')).toBe(0);
    world.vault.script.down = false;
    await world.clock.advance(2_000);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('in mode available, what was cached is served until it expires', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const token = await caller.token();
    world.vault.script.down = true;
    await world.clock.advance(58 * 60_000);
    expect(await caller.token()).toEqual(token);
    await world.clock.advance(2 * 60_000);
    expect(await world.reasonOf(caller.get())).toBe('STORE_UNAVAILABLE');
  });

  it('in mode available, a token is served only after a reading begun since has failed', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await caller.token();
    const hold = world.vault.script.hold('revocations.readLog');
    await world.clock.advance(2_600);
    let served = false;
    const call = caller.get().then(() => {
      served = true;
    });
    // The reading that is under way began before the call: its failure says nothing.
    await world.clock.advance(300);
    expect(served).toBe(false);
    await world.settled(call);
    expect(served).toBe(true);
    hold.release();
  });

  it('in mode strict, nothing is served once the view is older than the bound', async () => {
    const world = new World({ mode: 'strict' });
    const { caller } = await connectedAlice(world);
    await caller.token();
    world.vault.script.down = true;
    await world.clock.advance(1_000);
    expect(await world.reasonOf(caller.get())).toBe('OK');
    await world.clock.advance(2_000);
    expect(await world.reasonOf(caller.get())).toBe('STORE_UNAVAILABLE');
    world.vault.script.down = false;
    await world.clock.advance(2_000);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it.each(['available', 'strict'] as const)(
    'in mode %s, a flight whose view grew too old ends in STORE_UNAVAILABLE',
    async (mode) => {
      const world = new World({ mode });
      const { caller } = await connectedAlice(world);
      const held = world.google.hold('refresh', 'after');
      const call = caller.get({ scopes: [EMAIL] });
      await world.settled(held.arrived);
      world.vault.script.down = true;
      await world.clock.advance(5_000);
      held.release();
      expect(await world.reasonOf(call)).toBe('STORE_UNAVAILABLE');
    },
  );

  it.each(['available', 'strict'] as const)(
    'in mode %s, a Vault so slow that no view is young is waited for, not for ever',
    async (mode) => {
      const world = new World({ mode });
      const { caller } = await connectedAlice(world);
      const token = await caller.token();
      world.vault.script.interleave = (op, moment) => {
        const isReading = op === 'revocations.leaderTerm' || op === 'revocations.readLog';
        return isReading && moment === 'before' ? sleep(world.clock, 900) : Promise.resolve();
      };
      await world.clock.advance(10_000);
      const since = world.clock.monotonic();
      expect(await caller.token()).toEqual(token);
      expect(await world.reasonOf(caller.get({ scopes: [EMAIL] }))).toBe('OK');
      expect(world.clock.monotonic() - since).toBeLessThan(15_000);
    },
  );

  it('a Vault so slow hides no revocation that was answered before', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const other = new Caller(world, await world.startReplica());
    await other.token();
    world.vault.script.interleave = (op, moment) => {
      const isReading = op === 'revocations.leaderTerm' || op === 'revocations.readLog';
      return isReading && moment === 'before' ? sleep(world.clock, 900) : Promise.resolve();
    };
    await world.clock.advance(10_000);
    await world.settled(caller.revoke());
    expect(await world.reasonOf(other.get())).toBe('USER_REVOKED');
  });

  it('a view that is merely late is waited for, in both modes', async () => {
    const world = new World({ mode: 'strict' });
    const { caller } = await connectedAlice(world);
    const token = await caller.token();
    world.clock.jumpWall(10_000);
    const call = caller.get();
    expect(await world.settled(call)).toEqual(token);
  });
});
