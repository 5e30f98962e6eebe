import { describe, expect, it } from 'vitest';
import { TokenShelves } from '../../../src/service/token-shelves.ts';

const MINUTE = 60_000;

/** Shelves with a called token `a`, unused for an hour at minute 61, and `b`, called half an hour later. */
function arrange() {
  const dropped: string[] = [];
  const shelves = new TokenShelves<{ readonly of: string }>(2, ({ of }) => dropped.push(of));
  shelves.put('a', { of: 'a' }, { urgency: 'call', now: 0 });
  shelves.put('b', { of: 'b' }, { urgency: 'call', now: 30 * MINUTE });
  const has = () => ['a', 'b', 'c'].filter((text) => shelves.peek(text) !== undefined);
  return { shelves, dropped, has };
}

describe('a called token that a batch renews', () => {
  it('is replaced, and still goes when no call has used it for an hour', () => {
    const { shelves, dropped, has } = arrange();
    const renewed = { of: 'a, renewed' };
    expect(shelves.put('a', renewed, { urgency: 'batch', now: 59 * MINUTE })).toBe(true);
    expect(shelves.peek('a')).toBe(renewed);
    expect(dropped).toEqual(['a']);
    expect(shelves.put('c', { of: 'c' }, { urgency: 'batch', now: 61 * MINUTE })).toBe(true);
    expect(has()).toEqual(['b', 'c']);
    expect(dropped).toEqual(['a', 'a, renewed']);
  });

  it('stays where it is in the order of use', () => {
    const { shelves, has } = arrange();
    shelves.put('a', { of: 'a' }, { urgency: 'batch', now: 31 * MINUTE });
    shelves.put('c', { of: 'c' }, { urgency: 'call', now: 32 * MINUTE });
    expect(has()).toEqual(['b', 'c']);
  });

  it('belongs to the batches where no call has used it for an hour', () => {
    const { shelves, has } = arrange();
    shelves.put('a', { of: 'a' }, { urgency: 'batch', now: 61 * MINUTE });
    shelves.called('b', 62 * MINUTE);
    shelves.put('c', { of: 'c' }, { urgency: 'batch', now: 63 * MINUTE });
    expect(has()).toEqual(['b', 'c']);
  });
});
