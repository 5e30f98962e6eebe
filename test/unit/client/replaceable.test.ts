import { describe, expect, it } from 'vitest';
import type { Reachability } from '../../../src/client/channels.ts';
import { Replaceable } from '../../../src/client/replaceable.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A way that is found to be `seen`, and from `then.at` on something else. */
function wayOf(clock: ManualClock, seen: Reachability, then = { at: Infinity, seen }) {
  const way = {
    isClosed: false,
    reachability: () => (clock.monotonic() >= then.at ? then.seen : seen),
    close: () => {
      way.isClosed = true;
    },
  };
  return way;
}

describe('another way to TokenVault', () => {
  it.each(['connected', 'unreachable'] as const)(
    'is taken as soon as it stands, where the one before is %s',
    async (before) => {
      const clock = new ManualClock();
      const first = wayOf(clock, before);
      const next = wayOf(clock, 'dialling', { at: 100, seen: 'connected' });
      const ways = new Replaceable(first, clock);
      expect(await clock.until(ways.replace(next))).toBe(true);
      expect(clock.monotonic()).toBe(100);
      expect([ways.inUse === next, first.isClosed, next.isClosed]).toEqual([true, true, false]);
    },
  );

  it('is taken where neither stands after a while', async () => {
    const clock = new ManualClock();
    const ways = new Replaceable(wayOf(clock, 'unreachable'), clock);
    const next = wayOf(clock, 'unreachable');
    expect(await clock.until(ways.replace(next))).toBe(true);
    expect([ways.inUse === next, clock.monotonic() >= 5_000]).toEqual([true, true]);
  });

  it('is not taken where the one before alone stands, be it only a moment later', async () => {
    const clock = new ManualClock();
    const first = wayOf(clock, 'dialling', { at: 1_000, seen: 'connected' });
    const next = wayOf(clock, 'unreachable');
    const ways = new Replaceable(first, clock);
    expect(await clock.until(ways.replace(next))).toBe(false);
    expect([ways.inUse === first, first.isClosed, next.isClosed]).toEqual([true, false, true]);
  });

  it('is not taken after the end, which is not waited for', async () => {
    const clock = new ManualClock();
    const ways = new Replaceable(wayOf(clock, 'dialling'), clock);
    const next = wayOf(clock, 'dialling');
    const replaced = ways.replace(next);
    await clock.advance(100);
    ways.close();
    expect(await clock.until(replaced)).toBe(false);
    expect([next.isClosed, clock.monotonic() < 200]).toEqual([true, true]);
  });
});
