import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { DROPPED } from '../../support/fakes/fake-google.ts';
import { ALICE, DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';
import { alertsOf, connectedAlice, oneReplica } from './steps.ts';

const SCOPES = [DRIVE, EMAIL, 'openid'].sort();

describe('GetUser', () => {
  it('tells what is stored of a connected user, and no token', async () => {
    const world = new World();
    world.google.project.refreshTokenLifeMs = 3_600_000;
    const { caller, replica } = await oneReplica(world);
    const profile = { hostedDomain: 'corp.example' };
    const consentedAt = world.clock.now();
    await world.settled(caller.exchange(world.mintCode({ profile }), { externalUserId: 'a-1' }));
    const user = await world.settled(
      replica.tokenVault.getUser({ userId: ALICE }, world.context()),
    );
    expect(user).toEqual({
      userId: ALICE,
      externalUserId: 'a-1',
      hostedDomain: 'corp.example',
      generation: 1,
      state: 'active',
      grants: [
        {
          oauthClient: 'default',
          scopes: SCOPES,
          state: 'live',
          cause: undefined,
          createTime: consentedAt,
          expireTime: consentedAt + 3_600_000,
        },
      ],
      revokeTime: undefined,
      providerRevocation: undefined,
      updateTime: consentedAt,
    });
    expect(inspectAll(user)).not.toContain(Secret);
  });

  it('tells why a grant is dead', async () => {
    const world = new World();
    const { caller, replica } = await connectedAlice(world);
    world.google.project.revokeUser(ALICE);
    await world.reasonOf(caller.get());
    const user = await replica.tokenVault.getUser({ userId: ALICE }, world.context());
    expect(user.grants).toMatchObject([{ state: 'dead', cause: 'revokedAtGoogle' }]);
  });

  it('tells of a revocation that runs, and of one that is done', async () => {
    const world = new World();
    const { caller, replica } = await connectedAlice(world);
    world.google.down = DROPPED;
    const revokeTime = world.clock.now();
    await world.settled(caller.revoke());
    const getUser = () => replica.tokenVault.getUser({ userId: ALICE }, world.context());
    expect(await getUser()).toMatchObject({
      state: 'revoking',
      revokeTime,
      providerRevocation: 'pending',
    });
    world.google.down = undefined;
    await world.clock.advance(61_000);
    expect(await getUser()).toMatchObject({
      state: 'revoked',
      revokeTime,
      providerRevocation: 'confirmed',
      grants: [],
    });
  });

  it('of a user that nobody knows is USER_NOT_CONNECTED', async () => {
    const world = new World();
    const { replica } = await oneReplica(world);
    const call = replica.tokenVault.getUser({ userId: 'nobody' }, world.context());
    expect(await world.reasonOf(call)).toBe('USER_NOT_CONNECTED');
  });

  it('of a record that cannot be read pages', async () => {
    const world = new World();
    const { replica } = await connectedAlice(world);
    world.vault.corrupt(ALICE);
    const call = replica.tokenVault.getUser({ userId: ALICE }, world.context());
    expect(await world.reasonOf(call)).toBe('STORED_RECORD_CORRUPT');
    expect(alertsOf(world)).toEqual(['stored_record_corrupt']);
  });
});

/** The constructors of everything in `value`. */
function inspectAll(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value.constructor, ...Object.values(value).flatMap(inspectAll)];
}
