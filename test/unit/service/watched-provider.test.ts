import { describe, expect, it } from 'vitest';
import type { OAuthProvider, TokenOutcome } from '../../../src/domain/oauth-provider.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { WatchedProvider } from '../../../src/service/watched-provider.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const UNAVAILABLE: TokenOutcome = { kind: 'no_answer', cause: 'unavailable', sent: true };
const RATE_LIMITED: TokenOutcome = { kind: 'no_answer', cause: 'rate_limited', sent: true };
const REFUSED: TokenOutcome = { kind: 'refused', cause: 'invalid_grant' };
const CLIENT = { clientId: 'client', clientSecret: new Secret('secret') };

/** A provider under watch whose token endpoint gives the outcomes that a test names. */
function arrange() {
  const clock = new ManualClock();
  let next: TokenOutcome = REFUSED;
  const provider: OAuthProvider = {
    exchangeCode: async () => next,
    refresh: async () => next,
    revoke: async () => 'no_answer',
    probe: async () => 'accepted',
  };
  const watched = new WatchedProvider(provider, clock);
  const refresh = (outcome: TokenOutcome) => {
    next = outcome;
    return watched.refresh(CLIENT, { refreshToken: new Secret('refresh') });
  };
  const exchange = (outcome: TokenOutcome) => {
    next = outcome;
    return watched.exchangeCode(CLIENT, { code: new Secret('code'), redirectUri: '' });
  };
  return { clock, watched, refresh, exchange };
}

describe('the watch on the provider', () => {
  it('passes on what the provider says', async () => {
    const { watched, refresh, exchange } = arrange();
    expect(await refresh(REFUSED)).toBe(REFUSED);
    expect(await exchange(UNAVAILABLE)).toBe(UNAVAILABLE);
    expect(await watched.revoke(new Secret('refresh'))).toBe('no_answer');
    expect(await watched.probe(CLIENT)).toBe('accepted');
  });

  it('knows of no failure before the first request, and of none in a refusal', async () => {
    const { watched, refresh } = arrange();
    expect(watched.failing).toBeUndefined();
    await refresh(REFUSED);
    expect(watched.failing).toBeUndefined();
  });

  it('names the first failure since it worked, and what was wrong last', async () => {
    const { clock, watched, refresh, exchange } = arrange();
    const since = clock.now();
    await refresh({ ...UNAVAILABLE, outside: 'slow' });
    expect(watched.failing?.cause).toBe('slow');
    await clock.advance(10_000);
    await exchange(RATE_LIMITED);
    expect(watched.failing).toEqual({
      name: 'google',
      cause: 'throttled',
      since,
      detail: 'throttled',
    });
    await exchange(REFUSED);
    expect(watched.failing).toBeUndefined();
  });

  it('forgets a failure after which nobody asked for a minute', async () => {
    const { clock, watched, refresh } = arrange();
    await refresh(UNAVAILABLE);
    await clock.advance(60_000);
    expect(watched.failing?.detail).toBe('no usable answer');
    await clock.advance(1);
    expect(watched.failing).toBeUndefined();
    const since = clock.now();
    await refresh(UNAVAILABLE);
    expect(watched.failing?.since).toBe(since);
  });
});
