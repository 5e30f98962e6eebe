import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { arrangeBatches, users } from '../../support/batch-stand-in.ts';

const EXPIRE_TIME = new Date('2026-01-01T00:59:59Z');

describe('the tokens of many users', () => {
  it('come in the order of the users, a hundred of them in each call', async () => {
    const { calls, all } = arrangeBatches();
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
    const { calls, all } = arrangeBatches();
    expect(await all([])).toEqual([]);
    expect(calls).toEqual([]);
  });

  it('are asked for by four calls at a time, or as many as one likes', async () => {
    for (const [callsInFlight, expected] of [
      [undefined, 4],
      [1, 1],
      [7, 7],
    ] as const) {
      const { most, all } = arrangeBatches();
      expect(await all(users(1_000), { callsInFlight })).toHaveLength(1_000);
      expect(most.atATime).toBe(expected);
    }
  });

  it('are asked for as they are consumed, however many users there are', async () => {
    const { calls, ask } = arrangeBatches();
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
    const { ask } = arrangeBatches();
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
    const { calls, ask } = arrangeBatches();
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

  it('keep their order where calls answer out of theirs', async () => {
    const { all } = arrangeBatches({
      before: async ({ number }) => {
        for (let round = 0; round < (number % 4) * 5; round += 1) await turn();
      },
    });
    expect((await all(users(1_000))).map(({ userId }) => userId)).toEqual(users(1_000));
  });

  it('are none any more once the loop was left, however often one leaves it', async () => {
    const { calls, ask } = arrangeBatches();
    const tokens = ask(users(10_000));
    await tokens.next();
    await tokens.return(undefined);
    const begun = calls.length;
    expect(await tokens.return(undefined)).toEqual({ done: true, value: undefined });
    expect(await tokens.next()).toEqual({ done: true, value: undefined });
    for (let round = 0; round < 20; round += 1) await turn();
    expect(calls).toHaveLength(begun);
  });

  it('come all the same where the source fails after it named them', async () => {
    const { ask, calls } = arrangeBatches();
    const failing = function* () {
      yield* users(150);
      throw new RangeError('the source');
    };
    const found: string[] = [];
    const work = async () => {
      for await (const { userId, token } of ask(failing())) if (token) found.push(userId);
    };
    await expect(work()).rejects.toThrow('the source');
    expect(found).toEqual(users(150));
    expect(calls.map(({ userIds }) => userIds.length)).toEqual([100, 50]);
  });
});

describe('what is asked for', () => {
  it.each(['user-1', undefined, 7, {}])('is refused where %j is to be the users', (userIds) => {
    const { ask } = arrangeBatches();
    expect(() => ask(userIds as never)).toThrow(TypeError);
  });

  it.each([
    { callsInFlight: 0 },
    { callsInFlight: 1.5 },
    { callsInFlight: Number.NaN },
    { callsInFlight: Number.POSITIVE_INFINITY },
  ])('is refused with %j', (options) => {
    const { ask } = arrangeBatches();
    expect(() => ask(users(1), options)).toThrow(RangeError);
  });

  it('is refused by the loop where no token lives so long', async () => {
    const { calls, all } = arrangeBatches();
    const refusal = { reason: 'FIELD_INVALID', violations: [{ field: 'min_ttl' }] };
    await expect(all(users(1), { minTtlMs: Number.NaN })).rejects.toMatchObject(refusal);
    expect(calls).toEqual([]);
  });
});
