import { describe, expect, it } from 'vitest';
import { RevocationView } from '../../../src/service/revocation-view.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function viewAt(count: number, keys: readonly string[] = []) {
  const clock = new ManualClock();
  const view = new RevocationView(clock);
  const advance = (position: number, named: readonly string[]) =>
    view.advance({
      log: { count: position, keys: named },
      began: { monotonic: clock.monotonic(), wall: clock.now() },
    });
  advance(count, keys);
  return { clock, view, advance };
}

describe('the view of the revocation log', () => {
  it('names nobody where nothing was added', () => {
    const { view, advance } = viewAt(2, ['alice', 'bob']);
    const mark = view.mark();
    advance(2, ['alice', 'bob']);
    expect(view.namedSince('alice', mark)).toBe(false);
  });

  it('names whom the new entries name, and nobody else', () => {
    const { view, advance } = viewAt(1, ['alice']);
    const mark = view.mark();
    advance(3, ['alice', 'bob', 'carol']);
    expect(['alice', 'bob', 'carol'].map((key) => view.namedSince(key, mark))).toEqual([
      false,
      true,
      true,
    ]);
    expect(view.namedSince('bob', view.mark())).toBe(false);
  });

  it('names everybody before its first reading', () => {
    const view = new RevocationView(new ManualClock());
    expect(view.ageMs()).toBe(Number.POSITIVE_INFINITY);
    const mark = view.mark();
    view.advance({ log: { count: 0, keys: [] }, began: { monotonic: 0, wall: 0 } });
    expect(view.namedSince('anybody', mark)).toBe(true);
    expect(view.namedSince('anybody', view.mark())).toBe(false);
  });

  it.each([
    ['is behind', 9],
    ['is more than 256 ahead', 10 + 257],
  ])('names everybody where a reading %s', (_, count) => {
    const keys = Array.from({ length: 256 }, (__, index) => `user-${index}`);
    const { view, advance } = viewAt(10, ['alice']);
    const mark = view.mark();
    advance(count, keys);
    expect(view.namedSince('anybody', mark)).toBe(true);
    expect(view.position).toBe(count);
  });

  it('names one by one what is exactly 256 ahead', () => {
    const keys = Array.from({ length: 256 }, (__, index) => `user-${index}`);
    const { view, advance } = viewAt(10, ['alice']);
    const mark = view.mark();
    advance(10 + 256, keys);
    expect(view.namedSince('user-0', mark)).toBe(true);
    expect(view.namedSince('somebody', mark)).toBe(false);
  });

  it('never forgets a naming: what it no longer knows one by one counts as everybody', () => {
    const { view, advance } = viewAt(0);
    const mark = view.mark();
    for (let count = 0; count < 5_000; count += 250) {
      const keys = Array.from({ length: 250 }, (_, index) => `user-${count + index}`);
      advance(count + 250, keys);
    }
    for (let index = 0; index < 5_000; index += 1) {
      expect(view.namedSince(`user-${index}`, mark)).toBe(true);
    }
    expect(view.namedSince('user-0', view.mark())).toBe(false);
  });

  it('is as old as the clock says that makes it older', () => {
    const { clock, view } = viewAt(0);
    clock.jumpWall(5_000);
    expect(view.ageMs()).toBe(5_000);
    clock.jumpWall(-60_000);
    expect(view.ageMs()).toBe(0);
  });
});
