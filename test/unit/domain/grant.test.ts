import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  coveringGrant,
  type Grant,
  insertLateGrant,
  mergeGrant,
} from '../../../src/domain/grant.ts';
import { Secret } from '../../../src/domain/secret.ts';

function grant(token: string, scopes: readonly string[], fields: Partial<Grant> = {}): Grant {
  return {
    clientId: 'web',
    refreshToken: new Secret(token),
    scopes,
    obtainedAt: 0,
    state: 'live',
    ...fields,
  };
}

function tokens(grants: readonly Grant[]): readonly string[] {
  return grants.map(({ refreshToken }) => refreshToken.reveal());
}

describe('merging a new grant', () => {
  it('drops an older one that it covers', () => {
    expect(tokens(mergeGrant(grant('new', ['a', 'b']), [grant('old', ['a'])]))).toEqual(['new']);
  });

  it('keeps an older one that holds a scope which the newer ones lack', () => {
    const older = [grant('second', ['b']), grant('third', ['b', 'c']), grant('fourth', ['c'])];
    expect(tokens(mergeGrant(grant('new', ['a']), older))).toEqual(['new', 'second', 'third']);
  });

  it('keeps both of two that may stand in the wrong order, though one of them covers the other', () => {
    const added = grant('new', ['a'], { obtainedAt: 60_000 });
    const wide = grant('wide', ['b', 'c'], { obtainedAt: 20_000 });
    const close = grant('close', ['b'], { obtainedAt: 10_000 });
    const older = grant('older', ['b'], { obtainedAt: 9_999 });
    expect(tokens(mergeGrant(added, [wide, close]))).toEqual(['new', 'wide', 'close']);
    expect(tokens(mergeGrant(added, [wide, older]))).toEqual(['new', 'wide']);
  });

  it.each([
    ['dead', grant('old', ['b'], { state: 'dead' })],
    ['another client’s', grant('old', ['b'], { clientId: 'other' })],
    ['the same token', grant('new', ['b'])],
  ])('drops an older one that is %s', (_, older) => {
    expect(tokens(mergeGrant(grant('new', ['a']), [older]))).toEqual(['new']);
  });

  it('never keeps more than three, nor loses a scope below that', () => {
    const scopes = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
    fc.assert(
      fc.property(scopes, fc.array(scopes, { maxLength: 3 }), (added, older) => {
        const grants = older.map((of, index) => grant(`old-${index}`, of));
        const merged = mergeGrant(grant('new', added), grants);
        expect(merged.length).toBeLessThanOrEqual(3);
        expect(tokens(merged)[0]).toBe('new');
        if (merged.length === 3) return;
        const before = new Set([...added, ...older.flat()]);
        expect(new Set(merged.flatMap((one) => one.scopes))).toEqual(before);
      }),
    );
  });
});

describe('inserting a grant whose commit was held up', () => {
  const newer = grant('newer', ['a'], { obtainedAt: 9 });
  const late = grant('late', ['a'], { obtainedAt: 5 });

  it('puts it behind newer ones, and takes none of them away', () => {
    const older = grant('older', ['a'], { obtainedAt: 1 });
    expect(tokens(insertLateGrant(late, [newer, older]))).toEqual(['newer', 'late', 'older']);
  });

  it('takes it once', () => {
    expect(tokens(insertLateGrant(late, [newer, late]))).toEqual(['newer', 'late']);
  });

  it.each([
    ['dead', grant('old', ['b'], { state: 'dead' })],
    ['another client’s', grant('old', ['b'], { clientId: 'other' })],
  ])('drops an older one that is %s', (_, older) => {
    expect(tokens(insertLateGrant(late, [older]))).toEqual(['late']);
  });

  it('makes way for a newer one of the client that the alias stands for by now', () => {
    const theirs = grant('theirs', ['b'], { clientId: 'other', obtainedAt: 9 });
    expect(tokens(insertLateGrant(late, [theirs]))).toEqual(['theirs']);
  });

  it('drops the oldest of those that are covered where there are too many, else of all', () => {
    const second = grant('second', ['a'], { obtainedAt: 7 });
    const oldest = grant('oldest', ['z'], { obtainedAt: 1 });
    expect(tokens(insertLateGrant(late, [newer, second, oldest]))).toEqual([
      'newer',
      'second',
      'oldest',
    ]);
    const others = [newer, grant('second', ['b'], { obtainedAt: 7 }), oldest];
    const alone = grant('late', ['c'], { obtainedAt: 5 });
    expect(tokens(insertLateGrant(alone, others))).toEqual(['newer', 'second', 'late']);
  });

  it('keeps those that the others do not cover where there are too many', () => {
    const others = [newer, grant('b', ['b'], { obtainedAt: 4 }), grant('c', ['c'])];
    expect(tokens(insertLateGrant(late, others))).toEqual(['newer', 'b', 'c']);
  });
});

describe('the grant for a set of scopes', () => {
  it('is the newest live one that holds all of them', () => {
    const grants = [
      grant('dead', ['a', 'b'], { state: 'dead' }),
      grant('narrow', ['a']),
      grant('wide', ['a', 'b']),
    ];
    expect(coveringGrant(grants, ['a', 'b'])?.refreshToken.reveal()).toBe('wide');
    expect(coveringGrant(grants, ['a'])?.refreshToken.reveal()).toBe('narrow');
    expect(coveringGrant(grants, ['a', 'c'])).toBeUndefined();
  });
});
