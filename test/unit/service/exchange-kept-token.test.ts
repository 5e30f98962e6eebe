import { describe, expect, it } from 'vitest';
import { NOT_SENT, RATE_LIMITED } from '../../support/fakes/fake-google.ts';
import { ALICE, DRIVE, GMAIL, World } from '../../support/replica-fixture.ts';
import { connectedAlice, grantsOf, newestGrant, oneReplica, storedUser } from './steps.ts';

describe('a consent for which Google sends no refresh token', () => {
  it('keeps the stored one after proving that it works', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    await world.clock.advance(60_000);
    const answer = await world.settled(caller.exchange(world.mintCode()));
    expect(answer).toMatchObject({ refreshTokenKept: true });
    expect(world.google.count('refresh', refreshToken)).toBe(1);
    expect(newestGrant(world).refreshToken.equals(refreshToken)).toBe(true);
    expect(storedUser(world)).toMatchObject({ generation: 2, consentedAt: world.clock.now() });
  });

  it('takes over as scopes what Google returns for the stored one', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('refresh', {
      answer: (real) => (real.kind === 'tokens' ? { ...real, scopes: [DRIVE, GMAIL] } : real),
    });
    const answer = await world.settled(caller.exchange(world.mintCode()));
    expect(answer.grantedScopes).toEqual([DRIVE, GMAIL]);
    expect(newestGrant(world).scopes).toEqual([DRIVE, GMAIL]);
  });

  it('ends in REFRESH_TOKEN_MISSING where none is stored', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode({ refreshToken: false });
    expect(await world.reasonOf(caller.exchange(code))).toBe('REFRESH_TOKEN_MISSING');
    expect(await world.reasonOf(caller.exchange(code))).toBe('REFRESH_TOKEN_MISSING');
    expect(world.google.count('exchange')).toBe(1);
    expect(world.vault.keptUserVersions(ALICE)).toEqual([]);
  });

  it('ends in REFRESH_TOKEN_MISSING where the stored one is dead, and marks it so', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('refresh', { kind: 'refused', cause: 'invalid_grant' });
    expect(await world.reasonOf(caller.exchange(world.mintCode()))).toBe('REFRESH_TOKEN_MISSING');
    expect(newestGrant(world)).toMatchObject({ state: 'dead', cause: 'revokedAtGoogle' });
    expect(storedUser(world).generation).toBe(1);
  });

  it('ends in REFRESH_TOKEN_MISSING where the stored one is another client’s', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.addClient({
      clientId: 'other.apps.example',
      clientSecrets: ['the-newest-secret'],
    });
    world.vault.setClient('default', { clientId: 'other.apps.example' });
    await world.clock.advance(5_000);
    const code = world.mintCode({ clientId: 'other.apps.example', refreshToken: false });
    expect(await world.reasonOf(caller.exchange(code))).toBe('REFRESH_TOKEN_MISSING');
  });

  it.each([
    ['is throttled', RATE_LIMITED],
    ['cannot be reached', NOT_SENT],
    ['wants the user to sign in', { kind: 'refused', cause: 'reauth_required' }],
  ] as const)('has an unknown outcome where Google %s for the proof', async (_, answer) => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('refresh', answer);
    const code = world.mintCode();
    expect(await world.reasonOf(caller.exchange(code))).toBe('EXCHANGE_OUTCOME_UNKNOWN');
    expect(newestGrant(world).state).toBe('live');
  });

  it('has an unknown outcome where Google refuses the client only now: the code is spent', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const held = world.google.hold('exchange', 'after');
    const call = caller.exchange(world.mintCode());
    await world.settled(held.arrived);
    world.google.next('refresh', { kind: 'refused', cause: 'client_disabled' });
    await world.reasonOf(caller.get());
    held.release();
    expect(await world.reasonOf(call)).toBe('EXCHANGE_OUTCOME_UNKNOWN');
  });

  it('waits for Vault to come back before it proves anything', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.script.failNext('users.read', 'before', 3);
    const answer = await world.settled(caller.exchange(world.mintCode()));
    expect(answer.refreshTokenKept).toBe(true);
    expect(world.google.count('refresh')).toBe(1);
  });
});

describe('a stored refresh token that Google rotates in the proof', () => {
  it('is stored in its predecessor’s place before the exchange is answered', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    const { obtainedAt } = newestGrant(world);
    await world.clock.advance(60_000);
    world.google.project.rotating = true;
    const answer = await world.settled(caller.exchange(world.mintCode()));

    expect(answer.refreshTokenKept).toBe(true);
    expect(grantsOf(world)).toHaveLength(1);
    expect(newestGrant(world).refreshToken.equals(refreshToken)).toBe(false);
    expect(newestGrant(world)).toMatchObject({ obtainedAt, state: 'live' });
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });

  it('is never sent again by a refresh that waits while Vault is slow to take its successor', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    world.google.project.rotating = true;
    const hold = world.vault.script.hold('users.write');
    const exchange = caller.exchange(world.mintCode());
    const get = caller.get();
    await world.clock.advance(1_000);
    expect(hold.waiting).toBe(1);
    hold.release();
    await world.settled(exchange);
    expect(await world.reasonOf(get)).toBe('OK');
    expect(world.google.count('refresh', refreshToken)).toBe(1);
    expect(grantsOf(world).map(({ state }) => state)).toEqual(['live']);
  });

  it('is held through an outage of Vault, and the exchange goes on from there', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.project.rotating = true;
    const held = world.google.hold('refresh', 'after');
    const code = world.mintCode();
    const call = caller.exchange(code);
    await world.settled(held.arrived);
    world.vault.script.down = true;
    held.release();
    expect(await world.reasonOf(call)).toBe('EXCHANGE_IN_PROGRESS');
    await world.clock.advance(120_000);
    world.vault.script.down = false;
    const context = world.context(undefined, 60_000);
    expect(await world.settled(caller.exchange(code, {}, context))).toMatchObject({
      refreshTokenKept: true,
    });
    expect(await world.reasonOf(caller.get())).toBe('OK');
  });
});
