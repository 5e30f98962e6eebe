import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import type { Profile } from '../../../src/domain/profile.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { Stored } from '../../../src/domain/store.ts';
import type { UserRecord } from '../../../src/domain/user-record.ts';
import type { Replica } from '../../../src/service/create-token-vault.ts';
import type { ImportGrantRequest } from '../../../src/service/token-vault.ts';
import { DROPPED, RATE_LIMITED } from '../../support/fakes/fake-google.ts';
import { ALICE, CLIENT_ID, DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';
import { rightsWith } from '../../support/rights.ts';
import {
  alertsOf,
  connectedAlice,
  expected,
  newestGrant,
  oneReplica,
  storedUser,
} from './steps.ts';

const SCOPES = [DRIVE, EMAIL, 'openid'].sort();

/** A world in which Google gave Alice a refresh token that TokenVault knows nothing of. */
async function withTokenFromElsewhere(profile: Profile = {}) {
  const world = new World();
  const { replica, caller } = await oneReplica(world);
  const code = { code: world.mintCode({ profile }), redirectUri: '' };
  const credentials = { clientId: CLIENT_ID, clientSecret: new Secret('the-newest-secret') };
  const outcome = world.google.project.exchange(credentials, code);
  if (outcome.kind !== 'tokens' || outcome.refreshToken === undefined) throw new Error('no token');
  const { refreshToken: token, idToken } = outcome;
  return { world, replica, caller, token, idToken };
}

function importing(
  { world, replica }: { readonly world: World; readonly replica: Replica },
  fields: Partial<ImportGrantRequest> & Pick<ImportGrantRequest, 'refreshToken'>,
  rights = rightsWith({}),
) {
  const request = {
    userId: ALICE,
    oauthClient: 'default',
    scopes: [DRIVE],
    verify: false,
    ...fields,
  };
  return expected(replica.tokenVault.importGrant(request, { ...world.context(), rights }));
}

type Scene = Awaited<ReturnType<typeof withTokenFromElsewhere>>;

async function consents({ world, replica }: Scene) {
  await world.connect(replica.tokenVault, { refreshToken: true });
}

async function revokes({ world, caller }: Scene) {
  await world.settled(caller.revoke());
}

async function revokesAndConsents(scene: Scene) {
  await consents(scene);
  await revokes(scene);
  await consents(scene);
}

async function revokesWhatThereIs(scene: Scene) {
  await consents(scene);
  await revokes(scene);
}

async function deletes(scene: Scene) {
  await consents(scene);
  await scene.world.vault.users.destroyOlderVersions(ALICE, 2);
}

/** All but what a revocation that goes on in the background changes. */
function grantsIn(stored: Stored<UserRecord>) {
  if (stored.kind !== 'present') return stored;
  const { state, consentedAt, grants } = stored.record;
  return { state, consentedAt, grants };
}

describe('ImportGrant', () => {
  it('stores the record that an exchange would have made, and asks Google nothing', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    const asked = world.google.requests.length;
    const fields = { refreshToken: token, externalUserId: 'crm-1' };
    const grant = await world.settled(importing(scene, fields));
    expect(grant).toEqual({ generation: 1, scopes: [DRIVE], alreadyImported: false });
    expect(world.google.requests.length).toBe(asked);
    const record = storedUser(world);
    expect(record).toMatchObject({ userId: ALICE, externalUserId: 'crm-1', state: 'active' });
    expect(newestGrant(world)).toMatchObject({ clientId: CLIENT_ID, state: 'live' });
    expect(newestGrant(world).refreshToken.equals(token)).toBe(true);
    expect((await scene.caller.token()).scopes).toEqual([DRIVE]);
  });

  it('proved by a refresh has the scopes that Google names', async () => {
    const scene = await withTokenFromElsewhere();
    const fields = { refreshToken: scene.token, verify: true, scopes: ['wrong'] };
    expect(await scene.world.settled(importing(scene, fields))).toMatchObject({ scopes: SCOPES });
    expect(newestGrant(scene.world).scopes).toEqual(SCOPES);
  });

  it('needs no scopes where Google is asked', async () => {
    const scene = await withTokenFromElsewhere();
    const fields = { refreshToken: scene.token, verify: true, scopes: [] };
    expect(await scene.world.settled(importing(scene, fields))).toMatchObject({ scopes: SCOPES });
  });

  it('of the same token again changes nothing, and does not ask Google again', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    const fields = { refreshToken: token, verify: true };
    await world.settled(importing(scene, fields));
    const asked = world.google.requests.length;
    const writes = world.vault.script.count('users.write');
    expect(await world.settled(importing(scene, fields))).toEqual({
      generation: 1,
      scopes: SCOPES,
      alreadyImported: true,
    });
    expect(world.google.requests.length).toBe(asked);
    expect(world.vault.script.count('users.write')).toBe(writes);
  });

  it('of the same token at the same time on two replicas is done once', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token: refreshToken } = scene;
    const other = { world, replica: await world.startReplica() };
    const hold = world.vault.script.hold('users.write');
    const calls = [importing(scene, { refreshToken }), importing(other, { refreshToken })];
    await world.clock.advance(10);
    expect(hold.waiting).toBe(2);
    hold.release();
    expect(await world.settled(Promise.all(calls))).toHaveLength(2);
    expect(await world.vault.users.read(ALICE)).toMatchObject({ kind: 'present', version: 1 });
  });

  it('finds its own write again where the reply was lost', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token: refreshToken } = scene;
    world.vault.script.failNext('users.write', 'after');
    expect(await world.reasonOf(importing(scene, { refreshToken }))).toBe('STORE_UNAVAILABLE');
    const repeated = await world.settled(importing(scene, { refreshToken }));
    expect(repeated.alreadyImported).toBe(true);
  });

  it('is no consent: a revocation that was asked for before it takes it along', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    const askedFor = world.clock.now() - 1_000;
    await world.settled(importing(scene, { refreshToken: token }));
    await world.settled(scene.caller.revoke({ grantedBefore: askedFor }));
    expect(storedUser(world).state).toBe('revoked');
  });

  it('with the time of the consent is left alone by a revocation of something earlier', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    const consentTime = world.clock.now() - 5_000;
    await world.settled(importing(scene, { refreshToken: token, consentTime }));
    await world.settled(scene.caller.revoke({ grantedBefore: consentTime - 1 }));
    expect(storedUser(world)).toMatchObject({ state: 'active', consentedAt: consentTime });
  });

  it('does not take a consent that is to come', async () => {
    const scene = await withTokenFromElsewhere();
    const consentTime = scene.world.clock.now() + 1_000;
    const call = importing(scene, { refreshToken: scene.token, consentTime });
    expect(await scene.world.reasonOf(call)).toBe('FIELD_INVALID');
  });

  it('keeps the token that Google put in its place, also while Vault is away', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    world.google.project.rotating = true;
    world.vault.script.failNext('users.write', 'before', 2);
    await world.settled(importing(scene, { refreshToken: token, verify: true }));
    expect(newestGrant(world).refreshToken.equals(token)).toBe(false);
    expect(await scene.caller.token()).toMatchObject({ scopes: [DRIVE] });
  });

  it('has the life that Google names', async () => {
    const scene = await withTokenFromElsewhere();
    const { world } = scene;
    world.google.project.rotating = true;
    world.google.project.refreshTokenLifeMs = 3_600_000;
    const now = world.clock.now();
    const grant = await world.settled(
      importing(scene, { refreshToken: scene.token, verify: true }),
    );
    expect(grant.expireTime).toBeGreaterThanOrEqual(now + 3_600_000);
  });
});

describe('ImportGrant never goes over a record', () => {
  it('of a user who is connected', async () => {
    const world = new World();
    const scene = { world, ...(await connectedAlice(world)) };
    const before = storedUser(world);
    const asked = world.google.requests.length;
    const call = importing(scene, { refreshToken: new Secret('1//other'), verify: true });
    expect(await world.reasonOf(call)).toBe('USER_ALREADY_CONNECTED');
    expect(storedUser(world)).toEqual(before);
    expect(world.google.requests.length).toBe(asked);
  });

  it('of a user who was revoked, nor ends the token at Google', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    await world.settled(scene.caller.revoke());
    const call = importing(scene, { refreshToken: token });
    expect(await world.reasonOf(call)).toBe('USER_REVOKED');
    expect(storedUser(world).state).toBe('revoked');
    expect(world.google.project.refreshTokenOwner(token)).toBeDefined();
  });

  it('of a user whose revocation runs', async () => {
    const world = new World();
    const connected = await connectedAlice(world);
    world.google.down = DROPPED;
    await world.settled(connected.caller.revoke());
    const call = importing({ world, ...connected }, { refreshToken: new Secret('1//other') });
    expect(await world.reasonOf(call)).toBe('REVOCATION_IN_PROGRESS');
  });

  it('that was deleted', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token: refreshToken } = scene;
    await world.settled(importing(scene, { refreshToken }));
    await world.vault.users.destroyOlderVersions(ALICE, 2);
    expect(await world.vault.users.read(ALICE)).toEqual({ kind: 'absent', version: 1 });
    expect(await world.reasonOf(importing(scene, { refreshToken }))).toBe('USER_REVOKED');
  });

  it('that cannot be read, which pages', async () => {
    const scene = await withTokenFromElsewhere();
    scene.world.vault.corrupt(ALICE);
    const call = importing(scene, { refreshToken: scene.token });
    expect(await scene.world.reasonOf(call)).toBe('STORED_RECORD_CORRUPT');
    expect(alertsOf(scene.world)).toEqual(['stored_record_corrupt']);
  });

  it.each([
    ['the user consented', consents, 'USER_ALREADY_CONNECTED'],
    ['the user was revoked', revokes, 'USER_REVOKED'],
    ['the user was revoked and consented again', revokesAndConsents, 'USER_REVOKED'],
    ['the user came, and their record was deleted', deletes, 'USER_REVOKED'],
  ] as const)('where %s before Google answered', async (_what, meanwhile, reason) => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    const asking = world.google.hold('refresh', 'after');
    const call = importing(scene, { refreshToken: token, verify: true });
    await world.clock.until(asking.arrived);
    // An exchange on this replica would wait for the import.
    const other = await oneReplica(world);
    await meanwhile({ ...scene, ...other });
    const before = await world.vault.users.read(ALICE);
    asking.release();
    expect(await world.reasonOf(call)).toBe(reason);
    expect(grantsIn(await world.vault.users.read(ALICE))).toEqual(grantsIn(before));
  });
});

describe('a revocation that begins after an import', () => {
  it('wins, and revokes the token at Google', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    const hold = world.vault.script.hold('users.write');
    const call = importing(scene, { refreshToken: token });
    await world.clock.advance(10);
    expect(hold.waiting).toBe(1);
    hold.release();
    const revoked = scene.caller.revoke();
    await world.reasonOf(call);
    await world.settled(revoked);
    await world.clock.advance(120_000);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', grants: new Map() });
    expect(world.google.project.refreshTokenOwner(token)).toBeUndefined();
  });

  it('and is over before the import writes still takes the token along', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    const other = await world.startReplica();
    // The import has noted the log and waits for Google.
    const asking = world.google.hold('refresh');
    const call = importing(scene, { refreshToken: token, verify: true });
    await world.clock.advance(10);
    const context = world.context();
    await world.settled(other.tokenVault.revokeUser({ userId: ALICE, reason: 'test' }, context));
    asking.release();
    expect(await world.reasonOf(call)).toBe('USER_REVOKED');
    await world.clock.advance(120_000);
    expect(storedUser(world)).toMatchObject({ state: 'revoked', grants: new Map() });
    expect(world.google.project.refreshTokenOwner(token)).toBeUndefined();
  });
});

describe('what Google says of an imported token', () => {
  it('that has ended is USER_RECONSENT_REQUIRED, and nothing is stored', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    world.google.project.revokeUser(ALICE);
    const call = importing(scene, { refreshToken: token, verify: true });
    await expect(world.settled(call)).rejects.toMatchObject({
      reason: 'USER_RECONSENT_REQUIRED',
      metadata: { cause: 'revokedAtGoogle' },
    });
    expect(await world.vault.users.read(ALICE)).toEqual({ kind: 'absent', version: 0 });
  });

  it('that is another client’s is no fault of the client', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    world.google.addClient({ clientId: 'other.example', clientSecrets: ['s'] });
    world.vault.setClient('other', { clientId: 'other.example', secrets: [new Secret('s')] });
    const call = importing(scene, { refreshToken: token, verify: true, oauthClient: 'other' });
    await expect(world.settled(call)).rejects.toMatchObject({
      reason: 'USER_RECONSENT_REQUIRED',
      metadata: { cause: 'clientReplaced', oauthClient: 'other' },
    });
    expect(alertsOf(world)).toEqual([]);
  });

  it.each([
    [DROPPED, 'PROVIDER_UNAVAILABLE'],
    [RATE_LIMITED, 'PROVIDER_RATE_LIMITED'],
  ])('while it cannot be asked is for another time (%#)', async (down, reason) => {
    const scene = await withTokenFromElsewhere();
    scene.world.google.down = down;
    const call = importing(scene, { refreshToken: scene.token, verify: true });
    expect(await scene.world.reasonOf(call)).toBe(reason);
  });
});

describe('an ID token that comes with the proof', () => {
  it('says the domain of the user, also for a caller who may have that one alone', async () => {
    const scene = await withTokenFromElsewhere({ hostedDomain: 'corp.example' });
    const { world, token, idToken } = scene;
    world.google.next('refresh', { answer: (real) => ({ ...real, idToken }) });
    const rights = rightsWith({ users: new Set(['corp.example']) });
    await world.settled(importing(scene, { refreshToken: token, verify: true }, rights));
    expect(storedUser(world).hostedDomain).toBe('corp.example');
  });

  it('of another user is USER_MISMATCH, and nothing is stored', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token, idToken } = scene;
    world.google.next('refresh', { answer: (real) => ({ ...real, idToken }) });
    const call = importing(scene, { refreshToken: token, verify: true, userId: 'somebody-else' });
    expect(await world.reasonOf(call)).toBe('USER_MISMATCH');
    expect(await world.vault.users.read('somebody-else')).toMatchObject({ kind: 'absent' });
  });
});

describe('a caller who may have one domain does not learn of other users', () => {
  const rights = rightsWith({ users: new Set(['corp.example']) });
  const nothing = async () => undefined;

  it.each([
    ['is not known', nothing],
    ['is connected', consents],
    ['was revoked', revokesWhatThereIs],
    ['had a record that was deleted', deletes],
  ] as const)('from a token that is worth nothing, where the user %s', async (_what, happens) => {
    const scene = await withTokenFromElsewhere();
    await happens(scene);
    const fields = { refreshToken: new Secret('1//nothing'), verify: true };
    expect(await scene.world.reasonOf(importing(scene, fields, rights))).toBe(
      'USER_RECONSENT_REQUIRED',
    );
  });

  it.each([
    ['is not known', nothing],
    ['is connected', consents],
  ] as const)('from a good token, where the user %s', async (_what, happens) => {
    const scene = await withTokenFromElsewhere({ hostedDomain: 'other.example' });
    const { world, token, idToken } = scene;
    await happens(scene);
    const stored = await world.vault.users.read(ALICE);
    world.google.next('refresh', { answer: (real) => ({ ...real, idToken }) });
    const call = importing(scene, { refreshToken: token, verify: true }, rights);
    await expect(world.settled(call)).rejects.toMatchObject({
      reason: 'CALLER_NOT_ALLOWED',
      metadata: { deniedBy: 'user' },
    });
    expect(await world.vault.users.read(ALICE)).toEqual(stored);
  });

  it('and gets the answer for a user of that one, without Google', async () => {
    const scene = await withTokenFromElsewhere();
    const { world } = scene;
    const profile = { hostedDomain: 'corp.example' };
    await world.connect(scene.replica.tokenVault, { refreshToken: true, profile });
    const asked = world.google.requests.length;
    const call = importing(scene, { refreshToken: new Secret('1//other'), verify: true }, rights);
    expect(await world.reasonOf(call)).toBe('USER_ALREADY_CONNECTED');
    expect(world.google.requests.length).toBe(asked);
  });
});

describe('who may import', () => {
  it('is decided by OAuth client', async () => {
    const scene = await withTokenFromElsewhere();
    const rights = rightsWith({ oauthClients: new Set(['other']) });
    const call = importing(scene, { refreshToken: scene.token }, rights);
    await expect(scene.world.settled(call)).rejects.toMatchObject({
      reason: 'CALLER_NOT_ALLOWED',
      metadata: { deniedBy: 'oauthClient' },
    });
  });

  it.each([false, true])(
    'by domain: without a word of Google nobody is in one (verify %s)',
    async (verify) => {
      const scene = await withTokenFromElsewhere();
      const { world } = scene;
      const rights = rightsWith({ users: new Set(['corp.example']) });
      const call = importing(scene, { refreshToken: scene.token, verify }, rights);
      await expect(world.settled(call)).rejects.toMatchObject({
        reason: 'CALLER_NOT_ALLOWED',
        metadata: { deniedBy: 'user' },
      });
      expect(await world.vault.users.read(ALICE)).toEqual({ kind: 'absent', version: 0 });
    },
  );
});

describe('an import with a name for its user', () => {
  const lookUp = async ({ world, replica }: Scene, externalUserId = '42') => {
    const found = replica.tokenVault.getUser({ externalUserId }, world.context());
    return (await world.settled(found)).userId;
  };
  const bindToBob = async ({ world, caller }: Scene, profile: Profile = {}) => {
    const code = world.mintCode({ sub: 'sub-of-bob', profile });
    await world.settled(caller.exchange(code, { externalUserId: '42' }));
  };

  it('binds the name', async () => {
    const scene = await withTokenFromElsewhere();
    const fields = { refreshToken: scene.token, externalUserId: '42' };
    await scene.world.settled(importing(scene, fields));
    expect(await lookUp(scene)).toBe(ALICE);
  });

  it.each([false, true])('never takes it from another account (verify: %s)', async (verify) => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    await bindToBob(scene);
    const refreshes = world.google.count('refresh');
    const refused = importing(scene, { refreshToken: token, externalUserId: '42', verify });
    await expect(world.settled(refused)).rejects.toMatchObject({
      reason: 'USER_MISMATCH',
      metadata: { mismatch: 'externalUser' },
    });
    expect(world.vault.keptUserVersions(ALICE)).toEqual([]);
    // Google might have put another token in place of this one.
    expect(world.google.count('refresh')).toBe(refreshes);
  });

  it('does not show Google the token while names cannot be read', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token } = scene;
    world.vault.script.failNext('links.read', 'before', 1, new Failure('STORE_ACCESS_LOST'));
    const call = importing(scene, { refreshToken: token, externalUserId: '42', verify: true });
    expect(await world.reasonOf(call)).toBe('STORE_ACCESS_LOST');
    expect(world.google.count('refresh')).toBe(0);
  });

  it('tells a caller who may have one domain of no name outside of it, but after Google', async () => {
    const scene = await withTokenFromElsewhere({ hostedDomain: 'corp.example' });
    const { world, token: refreshToken, idToken } = scene;
    await bindToBob(scene);
    const rights = rightsWith({ users: new Set(['corp.example']) });
    const fields = { externalUserId: '42', verify: true };
    const worthless = { ...fields, refreshToken: new Secret('1//nothing') };
    expect(await world.reasonOf(importing(scene, worthless, rights))).toBe(
      'USER_RECONSENT_REQUIRED',
    );
    world.google.next('refresh', { answer: (real) => ({ ...real, idToken }) });
    const call = importing(scene, { ...fields, refreshToken }, rights);
    expect(await world.reasonOf(call)).toBe('CALLER_NOT_ALLOWED');
  });

  it('of the same token again binds a name that was not given before', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token: refreshToken } = scene;
    await world.settled(importing(scene, { refreshToken }));
    const again = await world.settled(importing(scene, { refreshToken, externalUserId: '42' }));
    expect(again).toMatchObject({ alreadyImported: true, generation: 1 });
    expect(await lookUp(scene)).toBe(ALICE);
  });

  it('of the same token again writes the link that an earlier release did not', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token: refreshToken } = scene;
    await world.settled(importing(scene, { refreshToken }));
    const record = { ...storedUser(world), externalUserId: '42' };
    await world.vault.users.write(record, { expectedVersion: 1, writeId: 'w' });
    await world.settled(importing(scene, { refreshToken, externalUserId: '42' }));
    expect(await lookUp(scene)).toBe(ALICE);
    expect(await world.vault.users.read(ALICE)).toMatchObject({ version: 2 });
  });

  it('of the same token again takes the name from nobody who has it by now', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token: refreshToken } = scene;
    await world.settled(importing(scene, { refreshToken }));
    await bindToBob(scene);
    const call = importing(scene, { refreshToken, externalUserId: '42' });
    expect(await world.reasonOf(call)).toBe('USER_MISMATCH');
    expect(await lookUp(scene)).toBe('sub-of-bob');
  });

  it('of the same token again does not give the user another name', async () => {
    const scene = await withTokenFromElsewhere();
    const { world, token: refreshToken } = scene;
    await world.settled(importing(scene, { refreshToken, externalUserId: '42' }));
    const call = importing(scene, { refreshToken, externalUserId: '43' });
    expect(await world.reasonOf(call)).toBe('USER_ALREADY_CONNECTED');
    expect(await lookUp(scene)).toBe(ALICE);
  });
});
