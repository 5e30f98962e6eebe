import { describe, expect, it } from 'vitest';
import { ALICE, DRIVE, exchangeOf, tokenOf, World } from '../../support/replica-fixture.ts';

describe('the story of one user', () => {
  it('connects, gets tokens while offline, is revoked, and may come back', async () => {
    const world = new World();
    const { tokenVault } = await world.startReplica();

    const connected = await world.settled(
      tokenVault.exchangeCode(exchangeOf(world.mintCode()), world.context()),
    );
    expect(connected).toMatchObject({ userId: ALICE, refreshTokenKept: false });

    const token = await world.settled(tokenVault.getAccessToken(tokenOf(), world.context()));
    expect(token.scopes).toEqual([DRIVE]);

    await world.clock.advance(3_700_000);
    const later = await world.settled(tokenVault.getAccessToken(tokenOf(), world.context()));
    expect(later.accessToken.equals(token.accessToken)).toBe(false);

    const revoked = await world.settled(
      tokenVault.revokeUser({ userId: ALICE, reason: 'test' }, world.context()),
    );
    expect(revoked.providerRevocation).toBe('confirmed');
    expect(await world.reasonOf(tokenVault.getAccessToken(tokenOf(), world.context()))).toBe(
      'USER_REVOKED',
    );
    expect(world.vault.markers).toEqual([]);

    await world.connect(tokenVault);
    expect(await world.reasonOf(tokenVault.getAccessToken(tokenOf(), world.context()))).toBe('OK');
  });
});
