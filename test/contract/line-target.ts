import { describe, expect, it } from 'vitest';
import type { LineTarget } from '../../src/audit/line-target.ts';

/** A target, and what the test does to it from outside. */
export interface TargetWorld {
  readonly target: LineTarget;
  /** What each file holds that ever had the name, the oldest first. */
  texts(): Promise<readonly string[]>;
  /** Gives the file another name, as logrotate does. */
  rotate(): Promise<void>;
}

/** What every place for lines keeps to. @param open makes one over a file with `text` in it */
export function lineTargetContract(open: (text?: string) => Promise<TargetWorld>): void {
  describe('a place for lines', () => {
    it('appends, and says how much', async () => {
      const { target, texts } = await open('before\n');
      expect(target.append('one\n', true)).toEqual({ bytes: 4 });
      expect(target.append('two\nthree\n', true)).toEqual({ bytes: 10 });
      expect(target.append('', true)).toEqual({ bytes: 0 });
      target.close();
      expect(await texts()).toEqual(['before\none\ntwo\nthree\n']);
    });

    it.each([
      ['', false],
      ['whole\n', false],
      ['whole\nhalf', true],
    ])('knows whether %j ends within a line', async (text, expected) => {
      const { target } = await open(text);
      expect(target.endsMidLine).toBe(expected);
      target.close();
    });

    it('goes on in the old file until it is opened again, then in the new one', async () => {
      const { target, texts, rotate } = await open();
      target.append('one\n', true);
      await rotate();
      target.append('two\n', true);
      expect(target.reopen()).toBe(true);
      target.append('three\n', true);
      expect(target.reopen()).toBe(false);
      target.append('four\n', true);
      target.close();
      expect(await texts()).toEqual(['one\ntwo\n', 'three\nfour\n']);
    });
  });
}
