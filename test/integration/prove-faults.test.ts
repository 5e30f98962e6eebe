import { describe, expect, it } from 'vitest';
import { prove } from '../support/prove.ts';

describe('npm run prove, when everything fails', { timeout: 180_000 }, () => {
  it('revocation --quick: users are revoked under callers, and no token leaves after the OK', async () => {
    const { code, printed } = await prove('revocation', '--quick');
    expect(printed).toMatch(
      /^revocation holds: \d+ of \d+ races, \d+ calls; 0 of [1-9]\d* calls begun after OK got a token of the earlier consent; 0 broken promises; /m,
    );
    expect(code).toBe(0);
  });

  it('kills --quick: processes die in the middle of calls, and no promise is broken', async () => {
    const { code, printed } = await prove('kills', '--quick');
    expect(printed).toMatch(
      /^kills holds: 3 kills \(1 in exchanges, 1 in refreshes, 1 in revokes\): 0 lost, 0 false OK, 0 codes sent twice, 0 revokes unfinished, 0 other promises broken; /m,
    );
    expect(code).toBe(0);
  });

  it('leaders --quick: the leader of Vault is killed, and no cached call fails', async () => {
    const { code, printed } = await prove('leaders', '--quick');
    expect(printed).toMatch(/^leaders holds: 1 kills: 0 of [1-9]\d* cached calls failed; /m);
    expect(code).toBe(0);
  });

  it('overload --quick: Google throttles a crowd and is asked hardly more often for it', async () => {
    const { code, printed } = await prove('overload', '--quick');
    expect(printed).toMatch(
      /^overload holds: 60 cold users had their tokens after \d+ s from a Google that takes 15\/s, amplification 1\.\d+, at most [1-3] requests at a time; 200 waiters/m,
    );
    expect(code).toBe(0);
  });
});
