import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type AccessTokensOptions, accessTokens } from '../../../src/client/access-tokens.ts';
import type { UserToken } from '../../../src/client/asked-batch.ts';
import type {
  AccessTokenResult,
  BatchGetAccessTokensRequest,
  BatchGetAccessTokensResponse,
} from '../../../src/client/messages.ts';
import { TokenVaultError } from '../../../src/client/token-vault-error.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const EXPIRE_TIME = new Date('2026-01-01T00:00:00Z');
const tokenOf = (userId: string): AccessTokenResult => ({
  token: { accessToken: `token of ${userId}`, expireTime: EXPIRE_TIME },
});
const errorOf = (code: number, reason: string, seconds?: number): AccessTokenResult => ({
  error: {
    code,
    reason,
    metadata: { oauthClient: 'default' },
    retryDelay: seconds === undefined ? undefined : { seconds, nanos: 0 },
  },
});
const NOT_READY = errorOf(14, 'NOT_READY', 1);

/** A TokenVault that answers as the test says, one call after the other or when it lets them. */
function arrange(result: (userId: string, call: number) => AccessTokenResult = tokenOf) {
  const clock = new ManualClock();
  const calls: BatchGetAccessTokensRequest[] = [];
  const state: { failure?: TokenVaultError | undefined; held?: Promise<void> } = {};
  let atATime = 0;
  const most = { atATime: 0 };
  const connection = {
    batchGetAccessTokens: async (
      request: BatchGetAccessTokensRequest,
    ): Promise<BatchGetAccessTokensResponse> => {
      const call = calls.push(request);
      atATime += 1;
      most.atATime = Math.max(most.atATime, atATime);
      await state.held;
      await turn();
      atATime -= 1;
      if (state.failure !== undefined) throw state.failure;
      const results = request.userIds.map((userId) => result(userId, call));
      return { results, tokenType: 'Bearer', scopes: request.scopes };
    },
  };
  const ask = (
    userIds: Iterable<string> | AsyncIterable<string>,
    options: Partial<AccessTokensOptions> = {},
  ) => accessTokens({ connection, clock }, userIds, { scopes: ['openid'], ...options });
  const all = async (...asked: Parameters<typeof ask>) => {
    const found: UserToken[] = [];
    for await (const each of ask(...asked)) found.push(each);
    return found;
  };
  return { clock, calls, state, most, ask, all };
}

const users = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);

describe('the tokens of many users', () => {
  it('come in the order of the users, a hundred of them in each call', async () => {
    const { calls, all } = arrange();
    const found = await all(users(250), { oauthClient: 'web', minTtlMs: 90_500 });
    expect(found.map(({ userId, token }) => `${userId}: ${token?.accessToken}`)).toEqual(
      users(250).map((userId) => `${userId}: token of ${userId}`),
    );
    expect(found[0]?.token).toMatchObject({ expireTime: EXPIRE_TIME, scopes: ['openid'] });
    expect(calls.map(({ userIds }) => userIds.length)).toEqual([100, 100, 50]);
    expect(calls[0]).toMatchObject({
      oauthClient: 'web',
      scopes: ['openid'],
      minTtl: { seconds: 90, nanos: 500_000_000 },
    });
  });

  it('are none for nobody', async () => {
    const { calls, all } = arrange();
    expect(await all([])).toEqual([]);
    expect(calls).toEqual([]);
  });

  it('are asked for by four calls at a time, or as many as one likes', async () => {
    for (const [callsInFlight, expected] of [
      [undefined, 4],
      [1, 1],
      [0, 1],
    ] as const) {
      const { most, all } = arrange();
      expect(await all(users(1_000), { callsInFlight })).toHaveLength(1_000);
      expect(most.atATime).toBe(expected);
    }
  });

  it('are asked for as they are consumed, however many users there are', async () => {
    const { calls, ask } = arrange();
    let named = 0;
    const endless = function* () {
      for (;;) {
        named += 1;
        yield `user-${named}`;
      }
    };
    const tokens = ask(endless(), { callsInFlight: 2 });
    await tokens.next();
    for (let round = 0; round < 20; round += 1) await turn();
    expect(calls).toHaveLength(2);
    expect(named).toBeLessThanOrEqual(300);
    for (let count = 1; count < 1_000; count += 1) await tokens.next();
    expect(named).toBeLessThanOrEqual(1_300);
    await tokens.return(undefined);
  });

  it('of a slow source leave as soon as they are there', async () => {
    const { ask } = arrange();
    const more = Promise.withResolvers<void>();
    const slow = async function* () {
      yield* users(100);
      await more.promise;
      yield 'late';
    };
    const tokens = ask(slow());
    expect((await tokens.next()).value).toMatchObject({ userId: 'user-0' });
    more.resolve();
    const rest: string[] = [];
    for await (const { userId } of tokens) rest.push(userId);
    expect(rest).toEqual([...users(100).slice(1), 'late']);
  });

  it('stop being asked for when the loop is left, and the source is closed', async () => {
    const { calls, ask } = arrange();
    let isClosed = false;
    const source = function* () {
      try {
        yield* users(10_000);
      } finally {
        isClosed = true;
      }
    };
    for await (const { userId } of ask(source())) if (userId === 'user-150') break;
    const begun = calls.length;
    for (let round = 0; round < 20; round += 1) await turn();
    expect(calls).toHaveLength(begun);
    expect(isClosed).toBe(true);
  });
});

describe('a user without a token', () => {
  it('has an error like that of a call, and the others their tokens', async () => {
    const { all } = arrange((userId) =>
      userId === 'user-1' ? errorOf(9, 'USER_REVOKED') : tokenOf(userId),
    );
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
    const { clock, calls, all } = arrange((userId, call) =>
      userId === 'user-1' && call < 3 ? NOT_READY : tokenOf(userId),
    );
    const found = await clock.until(all(users(3)));
    expect(found.map(({ error }) => error?.reason)).toEqual([undefined, undefined, undefined]);
    expect(calls.map(({ userIds }) => userIds)).toEqual([users(3), ['user-1'], ['user-1']]);
    expect(clock.monotonic()).toBe(2_000);
  });

  it('is given up after a while, and where the wait is too long at once', async () => {
    const { clock, calls, all } = arrange((userId) =>
      userId === 'user-0'
        ? errorOf(14, 'PROVIDER_RATE_LIMITED', 25)
        : errorOf(14, 'NOT_READY', 300),
    );
    const found = await clock.until(all(users(2)));
    expect(found.map(({ error }) => error?.reason)).toEqual(['PROVIDER_RATE_LIMITED', 'NOT_READY']);
    expect(calls.map(({ userIds }) => userIds)).toEqual([users(2), ['user-0'], ['user-0']]);
  });

  it('is asked for no more when the loop is left', async () => {
    const { clock, calls, ask } = arrange((userId) =>
      userId === 'user-0' ? tokenOf(userId) : NOT_READY,
    );
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
});

describe('a call that fails as a whole', () => {
  it.each([
    'INVALID_ARGUMENT',
    'PERMISSION_DENIED',
    'UNAUTHENTICATED',
    'UNIMPLEMENTED',
    'CANCELLED',
  ])('with %s ends the loop: no user would fare better', async (code) => {
    const { state, all } = arrange();
    state.failure = new TokenVaultError({ code });
    await expect(all(users(500))).rejects.toBe(state.failure);
  });

  it('ends the loop where no connection can be had as things are set', async () => {
    const { state, all } = arrange();
    state.failure = new TokenVaultError({ code: 'UNAVAILABLE', connection: 'SERVER_NOT_TRUSTED' });
    await expect(all(users(500))).rejects.toBe(state.failure);
  });

  it('because there are too many is repeated when it may', async () => {
    const { clock, state, calls, all } = arrange();
    state.failure = new TokenVaultError({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'CALLER_RATE_LIMITED',
      retryAfterMs: 9_000,
    });
    const asked = all(users(3));
    while (calls.length === 0) await clock.advance(0);
    await clock.advance(8_000);
    state.failure = undefined;
    expect((await clock.until(asked)).map(({ error }) => error)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(calls).toHaveLength(2);
  });

  it('is each user’s error where it may pass, but did not', async () => {
    const { clock, state, all } = arrange();
    state.failure = new TokenVaultError({ code: 'DEADLINE_EXCEEDED' });
    const found = await clock.until(all(users(2)));
    expect(found.map(({ error }) => error)).toEqual([state.failure, state.failure]);
  });

  it('and a source that fails end the loop with what they threw', async () => {
    const { all } = arrange();
    const failing = function* () {
      yield* users(150);
      throw new RangeError('the source');
    };
    await expect(all(failing())).rejects.toThrow('the source');
  });
});
