import { describe, expect, it } from 'vitest';
import type { NoAnswer } from '../../../src/domain/oauth-provider.ts';
import { NOT_SENT, RATE_LIMITED } from '../../support/fakes/fake-google.ts';
import { EMAIL, World } from '../../support/replica-fixture.ts';
import { callsFor, connectedAlice, newestGrant, storedUser } from './steps.ts';

const THROTTLED: NoAnswer = { ...RATE_LIMITED, retryAfterMs: 20_000 };
const BOB = 'sub-of-bob';

/** Alice and Bob are connected, and Google has just throttled Alice's refresh. */
async function throttled(answer: NoAnswer = THROTTLED) {
  const world = new World();
  const { caller, replica } = await connectedAlice(world);
  await world.connect(replica.tokenVault, { sub: BOB });
  world.google.next('refresh', answer);
  const reason = await world.reasonOf(caller.get({ scopes: [EMAIL] }));
  return { world, caller, replica, reason };
}

describe('while Google throttles an OAuth client (I15)', () => {
  it('nobody else finds out for himself, and Vault is not asked either', async () => {
    const { world, caller, reason } = await throttled();
    expect(reason).toBe('PROVIDER_RATE_LIMITED');
    const reads = callsFor(world, 'users');
    const refused = caller.get({ userId: BOB, scopes: [EMAIL] });
    await expect(world.settled(refused)).rejects.toMatchObject({
      reason: 'PROVIDER_RATE_LIMITED',
      metadata: { oauthClient: 'default' },
    });
    expect(world.google.count('refresh')).toBe(1);
    expect(callsFor(world, 'users')).toBe(reads);
  });

  it('says how long to wait, and serves who comes back then', async () => {
    const { world, caller } = await throttled();
    await world.clock.advance(15_000);
    const failure = await world
      .settled(caller.get({ userId: BOB, scopes: [EMAIL] }))
      .catch((error: unknown) => error);
    const { retryAfterMs } = Object(failure);
    expect(retryAfterMs).toBeGreaterThan(5_000);
    await world.clock.advance(retryAfterMs);
    expect(await world.reasonOf(caller.get({ userId: BOB, scopes: [EMAIL] }))).toBe('OK');
    expect(await world.reasonOf(caller.get({ scopes: [EMAIL] }))).toBe('OK');
    expect(newestGrant(world).state).toBe('live');
  });

  it('keeps to a shorter wait than its memory of failures', async () => {
    const { world, caller } = await throttled({ ...RATE_LIMITED, retryAfterMs: 1_000 });
    const told = await caller.token({ scopes: [EMAIL] }).catch((error: unknown) => error);
    expect(Object(told).retryAfterMs).toBeLessThan(2_000);
    await world.clock.advance(Object(told).retryAfterMs);
    expect(await world.reasonOf(caller.get({ scopes: [EMAIL] }))).toBe('OK');
  });

  it('a 503 with Retry-After is a pause too', async () => {
    const { world, caller, reason } = await throttled({ ...THROTTLED, cause: 'unavailable' });
    expect(reason).toBe('PROVIDER_UNAVAILABLE');
    const refused = caller.get({ userId: BOB, scopes: [EMAIL] });
    expect(await world.reasonOf(refused)).toBe('PROVIDER_UNAVAILABLE');
    expect(world.google.count('refresh')).toBe(1);
  });

  it.each([
    ['throttles one user and names no time', RATE_LIMITED],
    ['fails', { ...NOT_SENT, sent: true }],
  ])('where it only %s, others go on', async (_, answer) => {
    const { world, caller } = await throttled(answer);
    expect(await world.reasonOf(caller.get({ userId: BOB, scopes: [EMAIL] }))).toBe('OK');
  });

  it('tokens that still live long enough are served, and none is refreshed ahead', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const token = await caller.token();
    await world.clock.advance(40 * 60_000);
    world.google.next('refresh', THROTTLED);
    await world.reasonOf(caller.get({ scopes: [EMAIL] }));
    expect(await caller.token()).toEqual(token);
    await world.clock.advance(1_000);
    // The token, and the request that was throttled.
    expect(world.google.count('refresh')).toBe(2);
  });
});

describe('an exchange while Google throttles', () => {
  it('is refused before its code is sent: the same code works afterwards', async () => {
    const { world, caller } = await throttled();
    const code = world.mintCode({ sub: BOB });
    const failure = await world.settled(caller.exchange(code)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: 'PROVIDER_RATE_LIMITED' });
    expect(world.google.count('exchange', code)).toBe(0);
    await world.clock.advance(Object(failure).retryAfterMs);
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('that met the throttling itself has an unknown outcome, and others are kept from it', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('exchange', THROTTLED);
    const code = world.mintCode({ sub: BOB });
    expect(await world.reasonOf(caller.exchange(code))).toBe('EXCHANGE_OUTCOME_UNKNOWN');
    expect(await world.reasonOf(caller.get({ scopes: [EMAIL] }))).toBe('PROVIDER_RATE_LIMITED');
    expect(world.google.count('refresh')).toBe(0);
  });

  it('that was sent before keeps its code’s worth: the stored token is proved after the pause', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const held = world.google.hold('exchange', 'after');
    const call = caller.exchange(world.mintCode(), {}, world.context('caller', 60_000));
    await world.settled(held.arrived);
    world.google.next('refresh', { ...THROTTLED, retryAfterMs: 8_000 });
    await world.reasonOf(caller.get({ scopes: [EMAIL] }));
    held.release();
    expect(await world.settled(call)).toMatchObject({ refreshTokenKept: true });
    expect(storedUser(world).state).toBe('active');
  });
});
