import { describe, expect, it } from 'vitest';
import { DRIVE, EMAIL, GMAIL, World } from '../../support/replica-fixture.ts';
import { alertsOf, connectedAlice, grantsOf } from './steps.ts';

describe('the scopes of a token', () => {
  it('are exactly those asked for, narrower than the grant', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    const token = await caller.token({ scopes: [DRIVE] });
    expect(world.google.project.accessTokenOwner(token.accessToken)?.scopes).toEqual([DRIVE]);
    expect(token.scopes).toEqual([DRIVE]);
  });

  it('must be in the grant: else SCOPE_NOT_GRANTED names what is missing, and Google is not asked', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await expect(caller.token({ scopes: [DRIVE, GMAIL] })).rejects.toMatchObject({
      reason: 'SCOPE_NOT_GRANTED',
      metadata: { missingScopes: GMAIL },
    });
    expect(world.google.count('refresh')).toBe(0);
  });

  it('come from the newest refresh token that covers them', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    await world.clock.advance(1);
    const code = world.mintCode({ scopes: ['openid', GMAIL], refreshToken: true });
    await world.settled(caller.exchange(code));
    const [newer, older] = grantsOf(world).map(({ refreshToken }) => refreshToken);

    await caller.token({ scopes: [GMAIL] });
    await caller.token({ scopes: [DRIVE] });
    await caller.token({ scopes: ['openid'] });
    const used = world.google.requests.filter(({ operation }) => operation === 'refresh');
    expect(used.map(({ token }) => token.reveal())).toEqual([
      newer?.reveal(),
      older?.reveal(),
      newer?.reveal(),
    ]);
  });

  it('that Google gave fewer of: SCOPE_NOT_GRANTED, and the token is thrown away', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('refresh', {
      answer: (real) => (real.kind === 'tokens' ? { ...real, scopes: [DRIVE] } : real),
    });
    await expect(caller.token({ scopes: [DRIVE, EMAIL] })).rejects.toMatchObject({
      reason: 'SCOPE_NOT_GRANTED',
      metadata: { missingScopes: EMAIL },
    });
    expect(await world.reasonOf(caller.get({ scopes: [DRIVE, EMAIL] }))).toBe('OK');
    expect(world.google.count('refresh')).toBe(2);
  });

  it('that Google gave more of: never handed out, and it pages', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('refresh', {
      answer: (real) => (real.kind === 'tokens' ? { ...real, scopes: [DRIVE, EMAIL] } : real),
    });
    expect(await world.reasonOf(caller.get())).toBe('SCOPE_NARROWING_FAILED');
    expect(alertsOf(world)).toEqual(['scope_narrowing_failed']);
  });

  it('that Google did not name are those asked for', async () => {
    const world = new World();
    const { caller } = await connectedAlice(world);
    world.google.next('refresh', {
      answer: (real) => {
        if (real.kind !== 'tokens') return real;
        const { scopes: _, ...nameless } = real;
        return nameless;
      },
    });
    expect(await caller.token()).toMatchObject({ scopes: [DRIVE] });
  });
});
