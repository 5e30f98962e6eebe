import { describe, expect, it } from 'vitest';
import { byteSize } from '../../../src/config/byte-size.ts';

const schema = byteSize('512B', '1MiB');

describe('a size', () => {
  it.each([
    ['512B', 512],
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
  ])('%s is %d bytes', (text, bytes) => {
    expect(schema.parse(text)).toBe(bytes);
  });

  it.each([65_536, '65536', '64K', '64 KiB', '64kb', '511B', '2MiB'])(
    '%j is refused, saying what is allowed',
    (value) => {
      expect(schema.safeParse(value).error?.issues.map((issue) => issue.message)).toEqual([
        'must be a whole number and its unit (B, KiB or MiB), from 512B to 1MiB',
      ]);
    },
  );
});
