import { describe, expect, it } from 'vitest';
import type { UserToken } from '../../../src/client/user-token.ts';
import {
  arrangeBatches,
  errorOf,
  NOT_READY,
  tokenFrom,
  users,
} from '../../support/batch-stand-in.ts';

type Arranged = ReturnType<typeof arrangeBatches>;

/** Works for so long with each token. @returns the lives that were left when tokens were handed out */
async function workOn({ clock, ask }: Arranged, count: number, workMs: number, minTtlMs?: number) {
  const lives: number[] = [];
  const tokens = ask(users(count), { minTtlMs });
  for (;;) {
    const { value } = await clock.until<IteratorResult<UserToken, void>>(tokens.next());
    if (!value) return lives;
    if (value.token) lives.push(value.token.expireTime.getTime() - clock.now());
    await clock.advance(workMs);
  }
}

describe('a token that has waited for its turn', () => {
  it.each([
    [undefined, 54_000],
    [600_000, 540_000],
    [0, 1],
  ])('lives long enough when it is handed out: minTtlMs %s', async (minTtlMs, least) => {
    const arranged = arrangeBatches({
      result: (userId, call) => tokenFrom(userId, call, (minTtlMs ?? 60_000) + 30_000),
    });
    const lives = await workOn(arranged, 500, 5_000, minTtlMs);
    expect(lives).toHaveLength(500);
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(least);
  });

  it('is asked for again together with the others that have fallen short', async () => {
    const arranged = arrangeBatches();
    await workOn(arranged, 200, 30_000);
    // A token of an hour is enough for 119 users.
    expect(arranged.calls.map(({ userIds }) => userIds.length)).toEqual([100, 100, 81]);
  });

  it('is replaced by what its user has by then', async () => {
    const arranged = arrangeBatches({
      result: (userId, call) =>
        userId === 'user-1' && call.number > 1
          ? errorOf(9, 'USER_REVOKED')
          : tokenFrom(userId, call, 90_000),
    });
    const { clock, ask } = arranged;
    const tokens = ask(users(2));
    await clock.until(tokens.next());
    await clock.advance(90_000);
    const { value } = await clock.until(tokens.next());
    expect(value).toMatchObject({ userId: 'user-1', error: { reason: 'USER_REVOKED' } });
  });

  it('is asked for again as patiently as for the first time', async () => {
    const { clock, ask } = arrangeBatches({
      result: (userId, call) =>
        call.number > 1 && call.number < 9 ? NOT_READY : tokenFrom(userId, call, 90_000),
    });
    const tokens = ask(users(2));
    await clock.until(tokens.next());
    await clock.advance(90_000);
    expect((await clock.until(tokens.next())).value).toMatchObject({ token: {} });
  });

  it('is the best there is where it came just now, however the clocks stand', async () => {
    const short = arrangeBatches({ result: (userId, call) => tokenFrom(userId, call, -1) });
    expect(await workOn(short, 100, 100)).toHaveLength(100);
    // Ten seconds of work: at most one more call a second.
    expect(short.calls.length).toBeLessThanOrEqual(11);
  });
});
