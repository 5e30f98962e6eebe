import { describe, expect, it } from 'vitest';
import { TokenVaultError } from '../../../src/client/token-vault-error.ts';
import { RateLimit } from '../../../src/concurrency/rate-limit.ts';
import { arrangeBatches, type SeenCall, users } from '../../support/batch-stand-in.ts';

const limited = (retryAfterMs?: number) =>
  new TokenVaultError({ code: 'RESOURCE_EXHAUSTED', reason: 'CALLER_RATE_LIMITED', retryAfterMs });

/** A TokenVault that lets in so many users a second, as the service counts them. */
function arrange(most: number) {
  const rate = { most, inMs: 1_000 };
  let rates: RateLimit | undefined;
  return arrangeBatches({
    before: ({ clock, request }: SeenCall) => {
      rates ??= new RateLimit(clock);
      const waitMs = rates.waitFor('caller', rate);
      if (waitMs > 0) throw limited(Math.ceil(waitMs));
      rates.owe('caller', rate, request.userIds.length - 1);
    },
  });
}

describe('a caller’s rate that is used up', () => {
  it.each([1, 20, 500])('at %d users a second keeps nobody from a token', async (most) => {
    const { clock, calls, all } = arrange(most);
    const found = await clock.until(all(users(2_000)));
    expect(found.filter(({ error }) => error)).toEqual([]);
    expect(found.map(({ userId }) => userId)).toEqual(users(2_000));
    // All of the rate is used, and hardly a call is made in vain.
    expect(clock.monotonic()).toBeLessThan((2_000 / most) * 1_050);
    expect(calls.length).toBeLessThan(20 * 5);
  });

  it('lets one call try when the time has come, and the others after it', async () => {
    const { clock, state, calls, most, all } = arrangeBatches();
    state.failure = limited(9_000);
    const asked = all(users(400));
    await clock.advance(8_999);
    expect(calls).toHaveLength(4);
    most.atATime = 0;
    await clock.advance(9_000);
    expect(calls).toHaveLength(5);
    state.failure = undefined;
    expect((await clock.until(asked)).filter(({ error }) => error)).toEqual([]);
    expect(calls).toHaveLength(9);
  });

  it('is waited for a second where the refusal does not say', async () => {
    const { clock, state, calls, all } = arrangeBatches();
    state.failure = limited();
    const asked = all(users(1));
    await clock.advance(999);
    expect(calls).toHaveLength(1);
    state.failure = undefined;
    await clock.until(asked);
    expect(clock.monotonic()).toBe(1_000);
  });

  it('is waited for no more when the loop is left', async () => {
    const { clock, state, calls, ask } = arrangeBatches({
      before: ({ number }) => {
        if (number > 1) throw limited(9_000);
      },
    });
    const tokens = ask(users(500));
    expect((await clock.until(tokens.next())).value).toMatchObject({ userId: 'user-0' });
    await clock.advance(0);
    const begun = calls.length;
    await tokens.return(undefined);
    state.failure = undefined;
    await clock.advance(60_000);
    expect(calls).toHaveLength(begun);
  });

  it('costs no user a try', async () => {
    let refusals = 0;
    const { clock, all } = arrangeBatches({
      before: ({ number }) => {
        if (number % 20 === 0) return;
        refusals += 1;
        throw limited(30_000);
      },
    });
    expect((await clock.until(all(users(1)))).map(({ error }) => error)).toEqual([undefined]);
    expect(refusals).toBe(19);
  });
});
