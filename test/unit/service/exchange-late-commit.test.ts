import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { NOT_SENT } from '../../support/fakes/fake-google.ts';
import { ALICE, World } from '../../support/replica-fixture.ts';
import {
  alertsOf,
  Caller,
  connectedAlice,
  GRACE_MS,
  grantsOf,
  newestGrant,
  oneReplica,
  storedUser,
} from './steps.ts';

/** An exchange whose code Google has taken while Vault went down. */
async function exchangeIntoOutage(world: World) {
  const { replica, caller } = await oneReplica(world);
  const code = world.mintCode();
  const held = world.google.hold('exchange', 'after');
  const call = caller.exchange(code);
  await world.settled(held.arrived);
  world.vault.script.down = true;
  held.release();
  return { replica, caller, code, call };
}

describe('a refresh token that Vault does not take at once', () => {
  it('is held: the caller is told that the exchange goes on, and a repeat collects the result', async () => {
    const world = new World();
    const { caller, code, call } = await exchangeIntoOutage(world);
    expect(await world.reasonOf(call)).toBe('EXCHANGE_IN_PROGRESS');

    world.vault.script.down = false;
    expect(await world.settled(caller.exchange(code))).toMatchObject({ userId: ALICE });
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('is still EXCHANGE_IN_PROGRESS after 30 s on the replica that holds it', async () => {
    const world = new World();
    const { caller, code, call } = await exchangeIntoOutage(world);
    await world.reasonOf(call);
    await world.clock.advance(60_000);
    expect(await world.reasonOf(caller.exchange(code))).toBe('EXCHANGE_IN_PROGRESS');
  });

  it('lands within ten minutes of an outage, whoever still waits', async () => {
    const world = new World();
    const { call } = await exchangeIntoOutage(world);
    await world.reasonOf(call);
    await world.clock.advance(570_000);
    world.vault.script.down = false;
    await world.clock.advance(10_000);
    expect(storedUser(world).state).toBe('active');
  });

  it('survives an answer that makes no sense, as from a proxy in front of Vault', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    world.vault.script.failNext('users.write', 'before', 3, new Failure('INTERNAL'));
    expect(await world.settled(caller.exchange(code))).toMatchObject({ userId: ALICE });
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('is given up after ten minutes, with an alert and a count', async () => {
    const world = new World();
    const { call } = await exchangeIntoOutage(world);
    await world.reasonOf(call);
    await world.clock.advance(610_000);
    expect(alertsOf(world)).toContain('held_commit_lost');
    expect(world.metrics.labelsOf('tokenvault_held_commits_lost_total')).toHaveLength(1);
    world.vault.script.down = false;
    await world.clock.advance(10_000);
    expect(world.vault.keptUserVersions(ALICE)).toEqual([]);
  });

  it('takes no place of a consent that came meanwhile: it may have ended at Google', async () => {
    const world = new World();
    const { caller, call } = await exchangeIntoOutage(world);
    await world.reasonOf(call);
    world.google.project.revokeUser(ALICE);
    world.vault.script.down = false;
    await world.settled(caller.exchange(world.mintCode()));
    const { refreshToken } = newestGrant(world);
    await world.clock.advance(10_000);
    expect(grantsOf(world)).toHaveLength(2);
    expect(newestGrant(world).refreshToken.equals(refreshToken)).toBe(true);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('throws no such consent out either where it came between its reading and its writing', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const other = new Caller(world, await world.startReplica());
    const { script } = world.vault;
    script.interleave = async (op) => {
      if (op !== 'users.write') return;
      script.interleave = () => Promise.resolve();
      world.google.project.revokeUser(ALICE);
      await other.exchange(world.mintCode());
    };
    await world.settled(caller.exchange(world.mintCode()));
    expect(grantsOf(world)).toHaveLength(2);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('throws no such consent out either where it was Google’s reply that came late', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const held = world.google.hold('exchange', 'after');
    const call = caller.exchange(world.mintCode());
    await world.settled(held.arrived);
    world.google.project.revokeUser(ALICE);
    await world.clock.advance(1);
    await world.settled(caller.exchange(world.mintCode()));
    const { refreshToken } = newestGrant(world);
    await world.clock.advance(5_000);
    held.release();
    await world.settled(call);
    expect(grantsOf(world)).toHaveLength(2);
    expect(newestGrant(world).refreshToken.equals(refreshToken)).toBe(true);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('is waited for when the replica stops', async () => {
    const world = new World();
    const { replica, call } = await exchangeIntoOutage(world);
    await world.reasonOf(call);
    let stopped = false;
    void replica.stop(GRACE_MS).then(() => {
      stopped = true;
    });
    await world.clock.advance(20_000);
    expect(stopped).toBe(false);
    world.vault.script.down = false;
    await world.clock.advance(10_000);
    expect(stopped).toBe(true);
    expect(storedUser(world).state).toBe('active');
    expect(alertsOf(world)).toEqual([]);
  });

  it('is given up at the end of the grace, with one alert that says how many there were', async () => {
    const world = new World();
    const { replica, call } = await exchangeIntoOutage(world);
    await world.reasonOf(call);
    const stopped = replica.stop(5_000);
    await world.clock.advance(4_999);
    expect(alertsOf(world)).not.toContain('held_commit_lost');
    await world.clock.advance(1);
    expect(await stopped).toEqual({ tokens: 1, exchanges: 1 });
    const lines = world.logger.lines.filter(({ event }) => event === 'held_commit_lost');
    expect(lines).toMatchObject([{ reason: 'STOPPED', tokens: 1, exchanges: 1 }]);
    expect(world.metrics.labelsOf('tokenvault_held_commits_lost_total')).toHaveLength(1);

    world.vault.script.down = false;
    await world.clock.advance(600_000);
    expect(world.vault.keptUserVersions(ALICE), 'nothing is tried after the end').toEqual([]);
    expect(alertsOf(world).filter((alert) => alert === 'held_commit_lost')).toHaveLength(1);
  });

  it('is waited for when the replica stops before Google has answered', async () => {
    const world = new World();
    const { replica, caller } = await oneReplica(world);
    const held = world.google.hold('exchange', 'after');
    const call = caller.exchange(world.mintCode());
    await world.settled(held.arrived);
    let stopped = false;
    void replica.stop(GRACE_MS).then(() => {
      stopped = true;
    });
    await world.clock.advance(1_000);
    expect(stopped).toBe(false);
    held.release();
    expect(await world.reasonOf(call)).toBe('OK');
    await world.clock.advance(0);
    expect(stopped).toBe(true);
  });

  it('is waited for when the replica stops, also where a call that gave the code up ends meanwhile', async () => {
    const world = new World();
    const { replica, caller } = await oneReplica(world);
    const code = world.mintCode();
    const connecting = Promise.withResolvers<void>();
    world.google.next('exchange', { answer: NOT_SENT, before: connecting.promise });
    const givesUp = caller.exchange(code);
    const takesOver = caller.exchange(code, {}, world.context(undefined, 60_000));
    await world.clock.advance(0);
    const lateReply = Promise.withResolvers<void>();
    let writes = 0;
    world.vault.script.interleave = async (op, moment) => {
      if (op !== 'exchanges.write' || moment !== 'after') return;
      writes += 1;
      if (writes === 1) await lateReply.promise;
    };
    const held = world.google.hold('exchange', 'after');
    connecting.resolve();
    await world.settled(held.arrived);
    lateReply.resolve();
    expect(await world.reasonOf(givesUp)).toBe('PROVIDER_UNAVAILABLE');

    let stopped = false;
    void replica.stop(GRACE_MS).then(() => {
      stopped = true;
    });
    await world.clock.advance(1_000);
    expect(stopped).toBe(false);
    held.release();
    expect(await world.reasonOf(takesOver)).toBe('OK');
    expect(world.google.count('exchange', code)).toBe(1);
  });

  it('seeds the cache for no longer than Google gave its access token', async () => {
    const world = new World();
    const { caller, code, call } = await exchangeIntoOutage(world);
    const answeredAt = world.clock.now();
    await world.reasonOf(call);
    await world.clock.advance(300_000);
    world.vault.script.down = false;
    const { grantedScopes } = await world.settled(caller.exchange(code));

    const token = await world.settled(caller.get({ scopes: grantedScopes }));
    expect(world.google.count('refresh')).toBe(0);
    expect(token.expireTime).toBeLessThanOrEqual(
      answeredAt + world.google.project.accessTokenLifeMs,
    );
  });

  it('is committed once, also where its outcome can be recorded only after a revocation', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const held = world.google.hold('exchange', 'after');
    const call = caller.exchange(world.mintCode(), {}, world.context(undefined, 60_000));
    await world.settled(held.arrived);
    world.vault.script.failNext('exchanges.write', 'before', 8);
    held.release();
    await world.clock.advance(0);
    expect(storedUser(world)).toMatchObject({ state: 'active', generation: 1 });
    await world.settled(caller.revoke());
    expect(await world.reasonOf(call)).toBe('OK');
    expect(storedUser(world)).toMatchObject({ state: 'revoked', generation: 2 });
  });

  it('is found to be there where only the reply was lost, also under a later write', async () => {
    for (const later of [false, true]) {
      const world = new World();
      const { caller } = await oneReplica(world);
      world.vault.script.failNext('users.write', 'after');
      const call = caller.exchange(world.mintCode());
      await world.clock.advance(50);
      expect(storedUser(world).generation).toBe(1);
      const narrower = world.mintCode({ scopes: ['openid'], refreshToken: true });
      if (later) await world.settled(caller.exchange(narrower));
      expect(await world.reasonOf(call)).toBe('OK');
      expect(storedUser(world).generation).toBe(later ? 2 : 1);
      expect(grantsOf(world)).toHaveLength(later ? 2 : 1);
    }
  });

  it('takes no place of its own successor where its commit went unnoticed below later writes', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const other = new Caller(world, await world.startReplica());
    world.google.project.rotating = true;
    world.vault.script.failNext('users.write', 'after');
    const call = caller.exchange(world.mintCode());
    await world.clock.advance(50);
    await other.token();
    const { refreshToken: successor } = newestGrant(world);
    await world.settled(other.exchange(world.mintCode({ scopes: ['openid'], refreshToken: true })));

    expect(await world.reasonOf(call)).toBe('OK');
    expect(grantsOf(world).some((grant) => grant.refreshToken.equals(successor))).toBe(true);
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('does not take back the date of a later consent', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.script.failNext('users.read', 'before');
    const held = caller.exchange(world.mintCode({ refreshToken: true }));
    await world.clock.advance(50);
    const overtaking = caller.exchange(world.mintCode({ refreshToken: true }));
    await world.clock.advance(0);
    expect(storedUser(world)).toMatchObject({ generation: 2, consentedAt: world.clock.now() });

    const newest = storedUser(world).consentedAt;
    await world.settled(Promise.all([held, overtaking]));
    expect(storedUser(world)).toMatchObject({ generation: 3, consentedAt: newest });
  });
});

describe('the number of tokens that are held', () => {
  it('is bounded: at the bound an exchange is refused before its code is sent', async () => {
    const world = new World();
    const { caller } = await oneReplica(world, { heldCommits: 1 });
    const held = world.google.hold('exchange');
    const first = caller.exchange(world.mintCode());
    await world.settled(held.arrived);

    const code = world.mintCode({ sub: 'sub-of-bob' });
    expect(await world.reasonOf(caller.exchange(code))).toBe('NOT_READY');
    expect(world.google.count('exchange', code)).toBe(0);

    held.release();
    await world.settled(first);
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
  });
});

describe('what a caller does', () => {
  it('stops nothing once the code is on its way', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const held = world.google.hold('exchange', 'after');
    const call = caller.exchange(world.mintCode(), {}, world.context('impatient', 1_000));
    expect(await world.reasonOf(call)).toBe('EXCHANGE_IN_PROGRESS');
    held.release();
    await world.clock.advance(0);
    expect(newestGrant(world).state).toBe('live');
    expect(grantsOf(world)).toHaveLength(1);
  });
});
