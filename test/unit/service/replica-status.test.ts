import { describe, expect, it } from 'vitest';
import { ALICE, DRIVE, EMAIL, World } from '../../support/replica-fixture.ts';

describe('the status of a replica', () => {
  it('counts what is in memory and under way', async () => {
    const world = new World();
    const { tokenVault, status } = await world.startReplica();
    await world.connect(tokenVault);
    const before = status();
    const request = { userId: ALICE, oauthClient: 'default', minTtlMs: 60_000 };
    const asked = [DRIVE, EMAIL].map((scope) =>
      tokenVault.getAccessToken({ ...request, scopes: [scope] }, world.context()),
    );
    expect(status().refreshesInFlight).toBe(2);
    await Promise.all(asked.map((call) => world.settled(call)));
    expect(status()).toMatchObject({
      cachedTokens: before.cachedTokens + 2,
      refreshesInFlight: 0,
      failing: [],
      servesTokens: true,
    });
  });

  it.each([
    { mode: 'available', servesTokens: true },
    { mode: 'strict', servesTokens: false },
  ] as const)(
    'names Vault while it is away; mode $mode serves tokens: $servesTokens',
    async (row) => {
      const world = new World({ mode: row.mode, boundMs: 2_000 });
      const { status } = await world.startReplica();
      const before = world.clock.now();
      world.vault.script.down = true;
      await world.clock.advance(30_000);
      const away = status();
      expect(away.failing.map(({ name }) => name)).toEqual(['vault']);
      expect(away.failing[0]?.since).toBeLessThanOrEqual(before + 1_500);
      expect(away.servesTokens).toBe(row.servesTokens);
      expect(away.logAgeMs).toBeGreaterThan(29_000);

      world.vault.script.down = false;
      await world.clock.advance(2_000);
      expect(status()).toMatchObject({ failing: [], servesTokens: true });
    },
  );

  it('names Vault also where it answers and no reading is confirmed', async () => {
    const world = new World();
    const { status } = await world.startReplica();
    for (let term = 2; term < 12; term += 1) {
      world.vault.term = `fake-node ${term}`;
      await world.clock.advance(500);
    }
    const [vault] = status().failing;
    expect(vault).toMatchObject({ name: 'vault', detail: expect.stringContaining('confirmed') });
    expect(world.clock.now() - (vault?.since ?? 0)).toBe(status().logAgeMs);
  });
});
