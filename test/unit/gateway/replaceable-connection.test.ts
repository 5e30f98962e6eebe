import { describe, expect, it } from 'vitest';
import type { Reachability, TokenVaultConnection } from '../../../src/client/connect.ts';
import { UnprovenChange } from '../../../src/domain/startup-problems.ts';
import { ReplaceableConnection } from '../../../src/gateway/replaceable-connection.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A way to TokenVault that is as the test says. */
class Way {
  state: Reachability;
  closed = false;

  constructor(state: Reachability) {
    this.state = state;
  }

  get connection(): TokenVaultConnection {
    const unused = () => Promise.reject(new Error('Nobody calls here.'));
    return {
      exchangeCode: unused,
      getAccessToken: unused,
      batchGetAccessTokens: unused,
      revokeUser: unused,
      getUser: unused,
      reachability: () => this.state,
      close: () => {
        this.closed = true;
      },
    };
  }
}

async function replace(inUse: ReplaceableConnection, { connection }: Way): Promise<void> {
  await inUse.prove(connection);
  inUse.take(connection);
}

async function replaced(before: Way, next: Way) {
  const clock = new ManualClock();
  const inUse = new ReplaceableConnection(before.connection, clock);
  const work = replace(inUse, next).then(
    () => 'taken',
    (error: unknown) => (error instanceof UnprovenChange ? 'refused' : error),
  );
  const outcome = await clock.until(work);
  return { outcome, closed: [before.closed, next.closed], waited: clock.monotonic() };
}

describe('another certificate for TokenVault', () => {
  it.each<[Reachability, Reachability, string]>([
    ['connected', 'connected', 'taken'],
    ['connected', 'unreachable', 'refused'],
    ['connected', 'dialling', 'refused'],
    ['unreachable', 'unreachable', 'taken'],
    ['unreachable', 'connected', 'taken'],
    ['dialling', 'unreachable', 'taken'],
  ])('where the way in use is %s, and the new one %s, is %s', async (before, next, outcome) => {
    const seen = await replaced(new Way(before), new Way(next));
    expect(seen.outcome).toBe(outcome);
    expect(seen.closed).toEqual(outcome === 'taken' ? [true, false] : [false, true]);
    expect(seen.waited).toBe(next === 'connected' ? 0 : 5_000);
  });

  it('is taken where its first dial fails and a later one does not', async () => {
    const next = new Way('unreachable');
    const clock = new ManualClock();
    const inUse = new ReplaceableConnection(new Way('connected').connection, clock);
    const replaced = replace(inUse, next);
    await clock.advance(1_000);
    next.state = 'connected';
    await clock.until(replaced);
    expect([next.closed, clock.monotonic() < 2_000]).toEqual([false, true]);
  });
});
