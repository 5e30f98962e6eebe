import { describe, expect, it } from 'vitest';
import type { Allowance } from '../../../src/domain/caller-rights.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { ALICE, DRIVE, EMAIL, GMAIL, type tokenOf, World } from '../../support/replica-fixture.ts';
import { rightsWith } from '../../support/rights.ts';
import { type Caller, oneReplica, storedUser } from './steps.ts';

const IN_CORP = { profile: { email: 'alice@corp.example', hostedDomain: 'corp.example' } };
const CORP: Partial<Allowance> = { users: new Set(['corp.example', 'lab.example']) };
const OTHER: Partial<Allowance> = { users: new Set(['other.example']) };
const SCOPES = ['openid', EMAIL, DRIVE, GMAIL];

/** A world in which Alice of corp.example is connected, and Bob who has no domain. */
async function connected(world = new World()) {
  const { replica, caller } = await oneReplica(world);
  await world.connect(replica.tokenVault, { scopes: SCOPES, ...IN_CORP });
  await world.connect(replica.tokenVault, { sub: 'bob', scopes: SCOPES });
  const asked = { google: world.google.requests.length };
  /** What the call comes to, and what it asked of Google. */
  const outcomeOf = async (work: unknown) => {
    asked.google = world.google.requests.length;
    const outcome = await world.settled(Promise.resolve(work)).then(
      () => 'OK',
      (error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        return error.metadata.deniedBy ?? error.reason;
      },
    );
    return { outcome, google: world.google.requests.length - asked.google };
  };
  const as = (limits: Partial<Allowance>) => ({ ...world.context(), rights: rightsWith(limits) });
  return { world, replica, caller, outcomeOf, as };
}

describe('GetAccessToken for a caller with few rights', () => {
  const allowed = { outcome: 'OK', google: 0 };

  it.each<[string, Partial<Allowance>, Parameters<typeof tokenOf>[0], string]>([
    ['another OAuth client', { oauthClients: new Set(['other']) }, {}, 'oauthClient'],
    ['one scope beyond', { maxScopes: new Set([EMAIL]) }, {}, 'scope'],
    [
      'a scope and one beyond',
      { maxScopes: new Set([DRIVE]) },
      { scopes: [DRIVE, GMAIL] },
      'scope',
    ],
    [
      'a scope beyond, of a user who is unknown',
      { maxScopes: new Set() },
      { userId: 'x' },
      'scope',
    ],
    ['a user of another domain', OTHER, {}, 'user'],
    ['a user without a domain', CORP, { userId: 'bob' }, 'user'],
    ['a user who is unknown', CORP, { userId: 'nobody' }, 'user'],
    ['client before scope', { oauthClients: new Set(), maxScopes: new Set() }, {}, 'oauthClient'],
    ['scope before user', { maxScopes: new Set(), ...OTHER }, {}, 'scope'],
  ])(
    'is refused for %s, without asking Google, also where the token is cached',
    async (_what, limits, fields, deniedBy) => {
      const { caller, outcomeOf, as } = await connected();
      expect(await outcomeOf(caller.get(fields, as(limits)))).toEqual({
        outcome: deniedBy,
        google: 0,
      });
      await outcomeOf(caller.get(fields));
      expect(await outcomeOf(caller.get(fields, as(limits)))).toEqual({
        outcome: deniedBy,
        google: 0,
      });
    },
  );

  it('is served within them: from the cache, and where nothing is cached', async () => {
    const { caller, outcomeOf, as } = await connected();
    const corp = as({ ...CORP, maxScopes: new Set([DRIVE]), oauthClients: new Set(['default']) });
    expect(await outcomeOf(caller.get({}, corp))).toEqual({ outcome: 'OK', google: 1 });
    expect(await outcomeOf(caller.get({}, corp))).toEqual(allowed);
  });

  it('never gets the wider token that another caller had minted', async () => {
    const { world, caller, as } = await connected();
    const wide = await world.settled(caller.get({ scopes: [DRIVE, GMAIL] }));
    const narrow = await world.settled(caller.get({}, as({ maxScopes: new Set([DRIVE]) })));
    expect(narrow.accessToken.equals(wide.accessToken)).toBe(false);
    expect(narrow.scopes).toEqual([DRIVE]);
    expect(world.google.project.accessTokenOwner(narrow.accessToken)?.scopes).toEqual([DRIVE]);
  });

  it('is refused a token that another caller’s flight brings', async () => {
    const { world, caller, outcomeOf, as } = await connected();
    const held = world.google.hold('refresh');
    const first = caller.get();
    await world.settled(held.arrived);
    const second = outcomeOf(caller.get({}, as(OTHER)));
    held.release();
    expect((await second).outcome).toBe('user');
    expect(await world.reasonOf(first)).toBe('OK');
  });

  it('is refused also where it waits for the revocation log to be read', async () => {
    const { world, caller, outcomeOf, as } = await connected();
    await outcomeOf(caller.get());
    world.vault.script.down = true;
    await world.clock.advance(3_000);
    const corp = caller.get({}, as(CORP));
    const other = caller.get({}, as(OTHER));
    expect(await world.reasonOf(corp)).toBe('OK');
    expect(await world.reasonOf(other)).toBe('STORE_UNAVAILABLE');
  });

  it('learns of a user’s state only where the user is one of its own', async () => {
    const { world, caller, outcomeOf, as } = await connected();
    await world.settled(caller.revoke());
    expect((await outcomeOf(caller.get({}, as(CORP)))).outcome).toBe('USER_REVOKED');
    expect((await outcomeOf(caller.get({}, as(OTHER)))).outcome).toBe('user');
  });

  it('is refused for a record that cannot be read, which is reported', async () => {
    const { world, caller, outcomeOf, as } = await connected();
    world.vault.corrupt(ALICE);
    expect((await outcomeOf(caller.get({}, as(CORP)))).outcome).toBe('user');
    const alerts = world.metrics.labelsOf('tokenvault_alerts_total').map(({ alert }) => alert);
    expect(alerts).toContain('stored_record_corrupt');
  });
});

describe('ExchangeCode for a caller with few rights', () => {
  const exchange = async (caller: Caller, world: World, profile: object, context: object) =>
    caller.exchange(
      world.mintCode({ sub: 'carol', ...profile }),
      {},
      {
        ...world.context(),
        ...context,
      },
    );

  it('is refused for another OAuth client before the code is looked at', async () => {
    const { world, caller, outcomeOf, as } = await connected();
    world.vault.script.clearCalls();
    const call = exchange(caller, world, IN_CORP, as({ oauthClients: new Set(['other']) }));
    expect(await outcomeOf(call)).toEqual({ outcome: 'oauthClient', google: 0 });
    expect(world.vault.script.calls.filter((op) => /^(?:exchanges|users)/.test(op))).toEqual([]);
  });

  it('stores nothing of a user of another domain, says so again, and sends no token to be revoked', async () => {
    const { world, caller, outcomeOf, as } = await connected();
    const code = world.mintCode({ sub: 'carol', ...IN_CORP });
    const call = () => outcomeOf(caller.exchange(code, {}, as(OTHER)));
    expect(await call()).toEqual({ outcome: 'user', google: 1 });
    expect(await call()).toEqual({ outcome: 'user', google: 0 });
    expect(world.vault.keptUserVersions('carol')).toEqual([]);
    await world.clock.advance(60_000);
    expect(world.google.count('revoke')).toBe(0);
  });

  it('is refused for a user without a domain', async () => {
    const { world, caller, outcomeOf, as } = await connected();
    expect((await outcomeOf(exchange(caller, world, {}, as(CORP)))).outcome).toBe('user');
  });

  it('is answered for a user of its own', async () => {
    const { world, caller, outcomeOf, as } = await connected();
    expect((await outcomeOf(exchange(caller, world, IN_CORP, as(CORP)))).outcome).toBe('OK');
    expect(storedUser(world, 'carol').state).toBe('active');
  });

  it('does not repeat an outcome to a caller that lost the right to it', async () => {
    const { world, caller, outcomeOf, as } = await connected();
    const code = world.mintCode({ sub: 'carol', ...IN_CORP });
    expect((await outcomeOf(caller.exchange(code))).outcome).toBe('OK');
    expect((await outcomeOf(caller.exchange(code, {}, as(OTHER)))).outcome).toBe('user');
    expect((await outcomeOf(caller.exchange(code))).outcome).toBe('OK');
  });

  it('may come thirty times a minute for one expected user', async () => {
    const { world, caller, outcomeOf } = await connected();
    const call = (user: string, callerId?: string) =>
      outcomeOf(
        caller.exchange(
          world.mintCode({ sub: 'carol', refreshToken: true }),
          { expectedUserId: user },
          world.context(callerId),
        ),
      );
    for (let count = 0; count < 30; count += 1) await call('dave');
    const limited = { outcome: 'CALLER_RATE_LIMITED', google: 0 };
    expect(await call('dave')).toEqual(limited);
    expect((await call('carol')).outcome).toBe('OK');
    expect((await call('dave', 'another')).outcome).toBe('USER_MISMATCH');
    await world.clock.advance(2_000);
    expect((await call('dave')).outcome).toBe('USER_MISMATCH');
    expect(await call('dave')).toEqual(limited);
  });
});

describe('GetUser and RevokeUser for a caller with few users', () => {
  it.each([
    ['of its own', CORP, ALICE, 'OK'],
    ['of another domain', OTHER, ALICE, 'user'],
    ['without a domain', CORP, 'bob', 'user'],
    ['who is unknown', CORP, 'nobody', 'user'],
  ] as const)('know a user %s', async (_which, limits, userId, outcome) => {
    const { world, replica, outcomeOf, as } = await connected();
    const { tokenVault } = replica;
    expect((await outcomeOf(tokenVault.getUser({ userId }, as(limits)))).outcome).toBe(outcome);
    const before = world.vault.keptUserVersions(userId).length;
    const revoke = tokenVault.revokeUser({ userId, reason: '' }, as(limits));
    expect(await outcomeOf(revoke)).toEqual({ outcome, google: outcome === 'OK' ? 1 : 0 });
    const revoked = world.vault.keptUserVersions(userId).at(-1)?.state === 'revoked';
    expect(revoked).toBe(outcome === 'OK');
    if (outcome !== 'OK') expect(world.vault.keptUserVersions(userId)).toHaveLength(before);
  });

  it('answer a caller for every user about one who is unknown', async () => {
    const { replica, outcomeOf, as } = await connected();
    const unknown = { userId: 'nobody', reason: '' };
    expect((await outcomeOf(replica.tokenVault.getUser(unknown, as({})))).outcome).toBe(
      'USER_NOT_CONNECTED',
    );
    expect((await outcomeOf(replica.tokenVault.revokeUser(unknown, as({})))).outcome).toBe('OK');
  });
});
