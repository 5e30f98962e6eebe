import { describe, expect, it } from 'vitest';
import { linearize, type Step } from './checkers/linearizability.ts';

/** A register that holds one number. */
const MODEL = { initial: 0, textOf: String };

function write(value: number, from: number, to: number, optional = false): Step<number> {
  return { name: `write ${value}`, from, to, optional, isRead: false, apply: () => value };
}

function read(value: number, from: number, to: number): Step<number> {
  const apply = (now: number) => (now === value ? now : undefined);
  return { name: `read ${value}`, from, to, optional: false, isRead: true, apply };
}

const isOrdered = (...steps: Step<number>[]) => linearize(MODEL, steps).ok;

describe('linearize', () => {
  it('takes what happened one after the other in that order', () => {
    expect(isOrdered(write(1, 1, 2), read(1, 3, 4), write(2, 5, 6), read(2, 7, 8))).toBe(true);
    expect(isOrdered(write(1, 1, 2), write(2, 3, 4), read(1, 5, 6))).toBe(false);
  });

  it('lets what overlaps happen in any order', () => {
    expect(isOrdered(write(1, 1, 10), write(2, 2, 9), read(1, 11, 12))).toBe(true);
    expect(isOrdered(write(1, 1, 10), write(2, 2, 9), read(2, 11, 12))).toBe(true);
    expect(isOrdered(write(1, 1, 10), read(0, 2, 3), read(1, 4, 5))).toBe(true);
  });

  it('lets nobody see the old value after another has seen the new one', () => {
    expect(isOrdered(write(1, 1, 10), read(1, 2, 3), read(0, 4, 5))).toBe(false);
  });

  it('keeps a write that changes nothing for later, where it is needed', () => {
    expect(isOrdered(write(1, 1, 2), write(1, 3, 9), write(2, 4, 5), read(1, 10, 11))).toBe(true);
  });

  it('lets what got no answer happen late, or never', () => {
    const lost = write(1, 1, Number.POSITIVE_INFINITY, true);
    expect(isOrdered(lost, read(0, 2, 3), read(1, 4, 5))).toBe(true);
    expect(isOrdered(lost, read(0, 2, 3), read(0, 4, 5))).toBe(true);
    expect(isOrdered(lost, read(1, 2, 3), read(0, 4, 5))).toBe(false);
  });

  it('lets nothing happen before it began, nor after it ended', () => {
    expect(isOrdered(read(1, 1, 2), write(1, 3, 4))).toBe(false);
    expect(isOrdered(read(0, 1, 2), write(1, 3, 4, true), read(0, 5, 6), read(1, 7, 8))).toBe(
      false,
    );
  });

  it('takes any step of a group for all of them', () => {
    const lost = Array.from({ length: 30 }, (_, index) => ({
      ...write(1, index, Number.POSITIVE_INFINITY, true),
      group: 'ones',
    }));
    expect(isOrdered(...lost, read(1, 40, 41), write(0, 42, 43), read(1, 44, 45))).toBe(true);
    expect(isOrdered(...lost, read(1, 40, 41), read(2, 44, 45))).toBe(false);
  });

  it('says how far it came', () => {
    const { longest } = linearize(MODEL, [write(1, 1, 2), read(1, 3, 4), read(0, 5, 6)]);
    expect(longest).toEqual(['write 1', 'read 1']);
  });

  it('does not try the same state after the same steps twice', () => {
    const overlapping = Array.from({ length: 14 }, (_, index) => write(index % 2, 1, 99));
    expect(isOrdered(...overlapping, read(7, 100, 101))).toBe(false);
  });
});
