import { describe, expect, it } from 'vitest';
import { DROPPED } from '../../support/fakes/fake-google.ts';
import { DRIVE, EMAIL, tokenOf, World } from '../../support/replica-fixture.ts';
import { connectedAlice } from './steps.ts';

const MINUTE = 60_000;

/** Alice with a token of an hour in the cache. */
async function cachedAlice(world = new World()) {
  const { caller, replica } = await connectedAlice(world);
  const token = await caller.token();
  world.vault.script.clearCalls();
  world.google.requests.length = 0;
  return { world, caller, replica, token };
}

describe('a cached token', () => {
  it('is handed out at once, without a promise and without any call', async () => {
    const { world, replica, token } = await cachedAlice();
    const answer = replica.tokenVault.getAccessToken(tokenOf(), world.context());
    expect(answer).not.toBeInstanceOf(Promise);
    expect(answer).toEqual(token);
    expect(world.vault.script.calls).toEqual([]);
    expect(world.google.requests).toEqual([]);
  });

  it('is still the same after a thousand calls, with nothing read and nothing written', async () => {
    const { world, caller } = await cachedAlice();
    for (let count = 0; count < 1_000; count += 1) await caller.get();
    expect(world.vault.script.calls).toEqual([]);
    expect(world.google.requests).toEqual([]);
  });

  it('is the very same object each time, so that its bytes can be kept', async () => {
    const { caller, token } = await cachedAlice();
    expect(await caller.token()).toBe(token);
  });

  it('is of exactly the scopes that were asked for', async () => {
    const { world, caller } = await cachedAlice();
    await caller.token({ scopes: [DRIVE, EMAIL] });
    expect(world.google.count('refresh')).toBe(1);
  });

  it('is never handed out when it has expired, by whichever clock says so first', async () => {
    const { world, caller, token } = await cachedAlice();
    world.clock.jumpWall(61 * MINUTE);
    const next = await caller.token();
    expect(next.accessToken.equals(token.accessToken)).toBe(false);
    expect(next.expireTime).toBeGreaterThan(world.clock.now());
  });
});

describe('min_ttl', () => {
  it('leaves a cached token that lives shorter aside', async () => {
    const world = new World();
    world.google.project.accessTokenLifeMs = 40 * MINUTE;
    const { caller, token } = await cachedAlice(world);
    await world.clock.advance(15 * MINUTE);
    expect(await caller.token({ minTtlMs: 25 * MINUTE })).toEqual(token);
    expect(world.google.count('refresh')).toBe(0);
    await caller.token({ minTtlMs: 26 * MINUTE });
    expect(world.google.count('refresh')).toBe(1);
  });

  it('alone never causes a second mint within a minute', async () => {
    const world = new World();
    world.google.project.accessTokenLifeMs = 5 * MINUTE;
    const { caller } = await cachedAlice(world);
    await caller.token({ minTtlMs: 30 * MINUTE });
    await world.clock.advance(59_000);
    await caller.token({ minTtlMs: 30 * MINUTE });
    expect(world.google.count('refresh')).toBe(0);
    await world.clock.advance(2_000);
    await caller.token({ minTtlMs: 30 * MINUTE });
    expect(world.google.count('refresh')).toBe(1);
  });

  it('counts that minute by whichever clock says more: the machine may sleep', async () => {
    const world = new World();
    world.google.project.accessTokenLifeMs = 5 * MINUTE;
    const { caller } = await cachedAlice(world);
    world.clock.jumpWall(MINUTE + 1_000);
    await caller.token({ minTtlMs: 30 * MINUTE });
    expect(world.google.count('refresh')).toBe(1);
  });

  it('or none, no token is handed out that has expired while its call waited', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.project.accessTokenLifeMs = 200;
    const held = world.google.hold('refresh', 'after');
    let left = 0;
    const call = caller.get({ minTtlMs: 0 }).then(({ expireTime }) => {
      left = expireTime - world.clock.now();
    });
    await world.settled(held.arrived);
    const log = world.vault.script.hold('revocations.leaderTerm');
    await world.clock.advance(2_500);
    held.release();
    await world.clock.advance(0);
    log.release();
    await world.settled(call);
    expect(left).toBeGreaterThan(0);
    expect(world.google.count('refresh')).toBe(2);
  });

  it('does not keep back a token that was minted for the call', async () => {
    const world = new World();
    world.google.project.accessTokenLifeMs = 30_000;
    const { caller } = await connectedAlice(world);
    expect(await world.reasonOf(caller.get({ minTtlMs: 30 * MINUTE }))).toBe('OK');
  });
});

describe('a token in the second half of its life', () => {
  it('is handed out at once, and refreshed in the background, once', async () => {
    const { world, replica, caller, token } = await cachedAlice();
    await world.clock.advance(31 * MINUTE);
    for (let count = 0; count < 100; count += 1) {
      const answer = replica.tokenVault.getAccessToken(tokenOf(), world.context());
      expect(answer).toEqual(token);
    }
    await world.clock.advance(0);
    expect(world.google.count('refresh')).toBe(1);
    expect((await caller.get()).accessToken.equals(token.accessToken)).toBe(false);
  });

  it('begins where the configuration says so', async () => {
    const { world } = await cachedAlice();
    const patient = await world.startReplica({ freshShare: 0.9 });
    await patient.tokenVault.getAccessToken(tokenOf(), world.context());
    world.google.requests.length = 0;
    await world.clock.advance(45 * MINUTE);
    await patient.tokenVault.getAccessToken(tokenOf(), world.context());
    await world.clock.advance(0);
    expect(world.google.count('refresh')).toBe(0);
  });

  it('is not refreshed in its first half', async () => {
    const { world, caller } = await cachedAlice();
    await world.clock.advance(29 * MINUTE);
    await caller.get();
    await world.clock.advance(0);
    expect(world.google.count('refresh')).toBe(0);
  });

  it.each(['Google', 'Vault'])(
    'goes on being served while %s is down, which is not asked for every call',
    async (what) => {
      const { world, caller, token } = await cachedAlice();
      await world.clock.advance(31 * MINUTE);
      if (what === 'Google') world.google.down = DROPPED;
      else world.vault.script.down = true;
      const downSince = world.clock.monotonic();
      for (let second = 0; second < 60; second += 1) {
        for (let call = 0; call < 10; call += 1) {
          expect((await caller.token()).accessToken.equals(token.accessToken)).toBe(true);
        }
        await world.clock.advance(1_000);
      }
      const fiveSeconds = Math.ceil((world.clock.monotonic() - downSince) / 5_000);
      expect(world.google.count('refresh')).toBeLessThanOrEqual(fiveSeconds);
      expect(world.vault.script.count('users.read')).toBeLessThanOrEqual(fiveSeconds);
    },
  );
});

describe('the number of cached tokens', () => {
  it('is bounded: the least recently used go first', async () => {
    const world = new World();
    const replica = await world.startReplica({ cachedTokens: 2 });
    const users = ['a', 'b', 'c'];
    for (const sub of users) await world.connect(replica.tokenVault, { sub });
    const get = (userId: string) =>
      world.settled(replica.tokenVault.getAccessToken(tokenOf({ userId }), world.context()));
    for (const userId of users) await get(userId);
    world.google.requests.length = 0;
    await get('c');
    await get('b');
    expect(world.google.count('refresh')).toBe(0);
    await get('a');
    expect(world.google.count('refresh')).toBe(1);
  });
});
