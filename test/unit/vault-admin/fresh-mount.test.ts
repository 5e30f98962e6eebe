import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/domain/clock.ts';
import { whenReady } from '../../../src/vault/admin/fresh-mount.ts';

const UPGRADING = {
  status: 400,
  body: {
    errors: ['Waiting for the primary to upgrade from non-versioned to versioned data. This …'],
  },
};

/** A clock whose every wait is over at once. */
function impatientClock(): Clock {
  let time = 0;
  return {
    now: () => time,
    monotonic: () => time,
    schedule(ms, action) {
      time += ms;
      queueMicrotask(action);
      return () => undefined;
    },
  };
}

describe('a fresh KV v2 mount', () => {
  it('is asked again while it says that it is being upgraded', async () => {
    const replies = [UPGRADING, UPGRADING, { status: 200, body: {} }];

    const reply = await whenReady(impatientClock(), async () => replies.shift() ?? UPGRADING);

    expect(reply.status).toBe(200);
    expect(replies).toEqual([]);
  });

  it('is given up after 30 s', async () => {
    let asked = 0;
    const attempt = whenReady(impatientClock(), async () => {
      asked += 1;
      return UPGRADING;
    });

    await expect(attempt).rejects.toThrow('within 30 s');
    expect(asked).toBe(301);
  });

  it('is not asked again after any other answer', async () => {
    const refused = { status: 400, body: { errors: ['no data provided'] } };
    let asked = 0;

    const reply = await whenReady(impatientClock(), async () => {
      asked += 1;
      return refused;
    });

    expect(reply).toBe(refused);
    expect(asked).toBe(1);
  });
});
