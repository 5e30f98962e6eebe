import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { ALICE, DRIVE, EMAIL, exchangeOf, GMAIL, World } from '../../support/replica-fixture.ts';
import { alertsOf, Caller, connectedAlice, grantsOf, oneReplica, storedUser } from './steps.ts';

const CALENDAR = 'https://www.googleapis.com/auth/calendar.readonly';

describe('what an exchange stores', () => {
  it('is the refresh token, the scopes, the profile’s domain, and whose user it is', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    world.google.project.refreshTokenLifeMs = 7 * 86_400_000;
    const profile = { email: 'alice@corp.example', hostedDomain: 'corp.example' };
    const code = world.mintCode({ profile });
    const answer = await world.settled(caller.exchange(code, { externalUserId: 'alice-1' }));

    const obtainedAt = world.clock.now();
    expect(storedUser(world)).toMatchObject({
      userId: ALICE,
      externalUserId: 'alice-1',
      hostedDomain: 'corp.example',
      generation: 1,
      state: 'active',
      consentedAt: obtainedAt,
    });
    expect(grantsOf(world)).toMatchObject([
      { scopes: [DRIVE, EMAIL, 'openid'].sort(), obtainedAt, state: 'live' },
    ]);
    expect(answer).toEqual({
      userId: ALICE,
      profile,
      grantedScopes: [DRIVE, EMAIL, 'openid'].sort(),
      grantExpireTime: obtainedAt + 7 * 86_400_000,
      refreshTokenKept: false,
      generation: 1,
    });
  });

  it('is the domain of the newest consent: none once the account has left it', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const exchange = (hostedDomain?: string) =>
      world.settled(caller.exchange(world.mintCode({ profile: { hostedDomain } })));
    await exchange('corp.example');
    await exchange('other.example');
    expect(storedUser(world).hostedDomain).toBe('other.example');
    await exchange();
    expect(storedUser(world).hostedDomain).toBeUndefined();
  });

  it('is a new consent also where Google gives the refresh token that is stored', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    await world.clock.advance(60_000);
    world.google.next('exchange', {
      answer: (real) => (real.kind === 'tokens' ? { ...real, refreshToken } : real),
    });
    const code = world.mintCode({ scopes: ['openid', EMAIL, DRIVE, GMAIL], refreshToken: true });
    await world.settled(caller.exchange(code));

    expect(storedUser(world)).toMatchObject({ generation: 2, consentedAt: world.clock.now() });
    expect(grantsOf(world)).toMatchObject([{ scopes: [DRIVE, EMAIL, GMAIL, 'openid'].sort() }]);
  });

  it('holds no token of any kind in the answer, nor in the log', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const code = world.mintCode();
    const answer = await world.settled(caller.exchange(code));
    const texts = [JSON.stringify(answer), world.logger.text()];
    for (const secret of [code, ...world.google.project.refreshTokensOf(ALICE)]) {
      for (const text of texts) expect(text).not.toContain(secret.reveal());
    }
  });

  it('keeps the caller’s name for the user where a later exchange gives none', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    await world.settled(caller.exchange(world.mintCode(), { externalUserId: 'alice-1' }));
    await world.settled(caller.exchange(world.mintCode()));
    expect(storedUser(world).externalUserId).toBe('alice-1');
  });

  it('seeds the cache: the first Get of the same scopes asks nobody', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const { grantedScopes } = await world.settled(caller.exchange(world.mintCode()));
    world.vault.script.clearCalls();
    await caller.token({ scopes: grantedScopes });
    expect(world.google.count('refresh')).toBe(0);
    expect(world.vault.script.count('users.read')).toBe(0);
  });
});

/** Two consents that are this far apart are told apart. */
const A_WHILE_MS = 11_000;

describe('a further consent', () => {
  it('puts its token in front and drops the one that it covers', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    await world.clock.advance(A_WHILE_MS);
    const scopes = ['openid', EMAIL, DRIVE, GMAIL];
    await world.settled(caller.exchange(world.mintCode({ scopes, refreshToken: true })));
    expect(grantsOf(world)).toHaveLength(1);
    expect(grantsOf(world)[0]?.refreshToken.equals(refreshToken)).toBe(false);
    expect(storedUser(world).generation).toBe(2);
  });

  it('drops none that is only seconds older: clocks may be wrong about it', async () => {
    const world = new World();
    const { caller, refreshToken } = await connectedAlice(world);
    await world.clock.advance(1_000);
    await world.settled(caller.exchange(world.mintCode({ refreshToken: true })));
    const [front, behind] = grantsOf(world);
    expect(front?.refreshToken.equals(refreshToken)).toBe(false);
    expect(behind?.refreshToken.equals(refreshToken)).toBe(true);
    await world.clock.advance(A_WHILE_MS);
    await world.settled(caller.exchange(world.mintCode({ refreshToken: true })));
    expect(grantsOf(world)).toHaveLength(1);
  });

  it('keeps an older token with a scope that the newer ones lack, at most three in all', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    for (const scope of [DRIVE, GMAIL, CALENDAR, EMAIL]) {
      const code = world.mintCode({ scopes: ['openid', scope], refreshToken: true });
      await world.settled(caller.exchange(code));
      await world.clock.advance(A_WHILE_MS);
    }
    expect(grantsOf(world).map(({ scopes }) => scopes)).toEqual([
      [EMAIL, 'openid'],
      [CALENDAR, 'openid'],
      [GMAIL, 'openid'],
    ]);
  });

  it('never sends a token that it supersedes to Google to revoke', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await world.settled(caller.exchange(world.mintCode({ refreshToken: true })));
    await world.clock.advance(120_000);
    expect(world.google.count('revoke')).toBe(0);
  });

  it('leaves the grants of other OAuth clients alone', async () => {
    const world = new World();
    world.google.addClient({ clientId: 'second.apps.example', clientSecrets: ['second'] });
    world.vault.setClient('second', {
      clientId: 'second.apps.example',
      secrets: [new Secret('second')],
    });
    const { replica, refreshToken } = await connectedAlice(world);
    const code = world.mintCode({ clientId: 'second.apps.example' });
    const request = exchangeOf(code, { oauthClient: 'second' });
    await world.settled(replica.tokenVault.exchangeCode(request, world.context()));
    expect(grantsOf(world)[0]?.refreshToken.equals(refreshToken)).toBe(true);
    expect(grantsOf(world, ALICE, 'second')).toHaveLength(1);
  });

  it('and another at the same time on another replica are both stored', async () => {
    const world = new World();
    const { caller } = await oneReplica(world);
    const other = new Caller(world, await world.startReplica());
    const codes = [DRIVE, GMAIL].map((scope) =>
      world.mintCode({ scopes: ['openid', scope], refreshToken: true }),
    );
    await world.settled(
      Promise.all(codes.map((code, index) => [caller, other][index]?.exchange(code))),
    );
    expect(grantsOf(world)).toHaveLength(2);
    expect(storedUser(world).generation).toBe(2);
  });
});

describe('a record that cannot be read', () => {
  it('is replaced by a consent, with an alert, and the generation goes on from its version', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.vault.corrupt(ALICE);
    const code = world.mintCode({ refreshToken: true });
    expect(await world.reasonOf(caller.exchange(code))).toBe('OK');
    expect(alertsOf(world)).toEqual(['stored_record_corrupt']);
    expect(storedUser(world)).toMatchObject({ generation: 3, state: 'active' });
  });
});
