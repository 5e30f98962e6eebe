import { describe, expect, it } from 'vitest';
import { TokenVaultError } from '../../../src/client/token-vault-error.ts';
import { sleep } from '../../../src/domain/clock.ts';
import {
  arrangeBatches,
  errorOf,
  NOT_READY,
  tokenFrom,
  users,
} from '../../support/batch-stand-in.ts';

describe('a user without a token', () => {
  it('has an error like that of a call, and the others their tokens', async () => {
    const { all } = arrangeBatches({
      result: (userId, call) =>
        userId === 'user-1' ? errorOf(9, 'USER_REVOKED') : tokenFrom(userId, call),
    });
    const [first, second, third] = await all(users(3));
    expect([first?.error, third?.error]).toEqual([undefined, undefined]);
    expect(second?.error).toBeInstanceOf(TokenVaultError);
    expect(second?.error).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'USER_REVOKED',
      metadata: { oauthClient: 'default' },
      retryAfterMs: undefined,
    });
  });

  it('is asked for again, alone, when that may help', async () => {
    const { clock, calls, all } = arrangeBatches({
      result: (userId, call) =>
        userId === 'user-1' && call.number < 3 ? NOT_READY : tokenFrom(userId, call),
    });
    const found = await clock.until(all(users(3)));
    expect(found.map(({ error }) => error?.reason)).toEqual([undefined, undefined, undefined]);
    expect(calls.map(({ userIds }) => userIds)).toEqual([users(3), ['user-1'], ['user-1']]);
    expect(clock.monotonic()).toBe(2_000);
  });

  it('is given up after a while, and where the wait is too long at once', async () => {
    const { clock, calls, all } = arrangeBatches({
      result: (userId) =>
        userId === 'user-0'
          ? errorOf(14, 'PROVIDER_RATE_LIMITED', 25)
          : errorOf(14, 'NOT_READY', 300),
    });
    const found = await clock.until(all(users(2)));
    expect(found.map(({ error }) => error?.reason)).toEqual(['PROVIDER_RATE_LIMITED', 'NOT_READY']);
    expect(calls.map(({ userIds }) => userIds)).toEqual([users(2), ['user-0'], ['user-0']]);
  });

  it('is asked for no more when the loop is left', async () => {
    const { clock, calls, ask } = arrangeBatches({
      result: (userId, call) => (userId === 'user-0' ? tokenFrom(userId, call) : NOT_READY),
    });
    const tokens = ask(users(101), { callsInFlight: 2 });
    const first = clock.until(tokens.next());
    await clock.advance(0);
    const left = tokens.return(undefined);
    await clock.advance(60_000);
    await Promise.all([first, left]);
    const begun = calls.length;
    await clock.advance(60_000);
    expect(calls).toHaveLength(begun);
  });

  it('is asked for again when due, not when the slowest is', async () => {
    const { clock, calls, all } = arrangeBatches({
      result: (userId, call) => {
        if (call.number > 1 && userId !== 'user-2') return tokenFrom(userId, call);
        if (userId === 'user-0') return NOT_READY;
        if (userId === 'user-1') return errorOf(14, 'NOT_READY', 1.2);
        return call.number < 3 ? errorOf(14, 'PROVIDER_RATE_LIMITED', 40) : tokenFrom(userId, call);
      },
    });
    const found = await clock.until(all(users(3)));
    expect(found.every(({ token }) => token)).toBe(true);
    expect(calls.map(({ userIds }) => userIds)).toEqual([
      users(3),
      ['user-0', 'user-1'],
      ['user-2'],
    ]);
    expect(clock.monotonic()).toBe(40_000);
  });

  it('is asked for again where they fell due while others were asked for', async () => {
    const { clock, calls, all } = arrangeBatches({
      before: ({ number, clock }) => (number === 2 ? sleep(clock, 6_000) : undefined),
      result: (userId, call) => {
        if (call.number > 1) return tokenFrom(userId, call);
        return userId === 'user-0' ? NOT_READY : errorOf(14, 'PROVIDER_RATE_LIMITED', 5);
      },
    });
    const found = await clock.until(all(users(2)));
    expect(found.every(({ token }) => token)).toBe(true);
    expect(calls.map(({ userIds }) => userIds)).toEqual([users(2), ['user-0'], ['user-1']]);
    expect(clock.monotonic()).toBe(7_000);
  });

  it('has an error of their own where their id is none, and nobody else does', async () => {
    const invalid = ['', 'é', 'x'.repeat(256), 'a\nb', undefined as never];
    const { calls, all } = arrangeBatches();
    const found = await all(['1', ...invalid, '2']);
    expect(found.map(({ error }) => error?.reason)).toEqual([
      undefined,
      ...invalid.map(() => 'FIELD_INVALID'),
      undefined,
    ]);
    expect(found[1]?.error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      sent: false,
      violations: [
        { field: 'user_id', description: 'The field must be 1 to 255 printable ASCII characters.' },
      ],
    });
    expect(calls.map(({ userIds }) => userIds)).toEqual([['1', '2']]);
    expect(await all([''])).toHaveLength(1);
    expect(calls).toHaveLength(1);
  });
});

describe('a call that fails as a whole', () => {
  it.each([
    'INVALID_ARGUMENT',
    'PERMISSION_DENIED',
    'UNAUTHENTICATED',
    'UNIMPLEMENTED',
    'CANCELLED',
  ])('with %s ends the loop: no user would fare better', async (code) => {
    const { state, all } = arrangeBatches();
    state.failure = new TokenVaultError({ code });
    await expect(all(users(500))).rejects.toBe(state.failure);
  });

  it('ends the loop where no connection can be had as things are set', async () => {
    const { state, all } = arrangeBatches();
    state.failure = new TokenVaultError({ code: 'UNAVAILABLE', connection: 'SERVER_NOT_TRUSTED' });
    await expect(all(users(500))).rejects.toBe(state.failure);
  });

  it.each([undefined, 'CONNECTING_TIMED_OUT'] as const)(
    'is each user’s error where it may pass, but did not (%s)',
    async (connection) => {
      const { clock, state, all } = arrangeBatches();
      state.failure = new TokenVaultError({ code: 'DEADLINE_EXCEEDED', connection });
      const found = await clock.until(all(users(2)));
      expect(found.map(({ error }) => error)).toEqual([state.failure, state.failure]);
    },
  );
});
