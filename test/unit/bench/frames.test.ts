import { describe, expect, it } from 'vitest';
import { type Frame, FrameReader, writeFrame } from '../../../bench/load/frames.ts';

const FRAMES: readonly Frame[] = [
  { type: 1, flags: 4, stream: 1, payload: Buffer.from('headers') },
  { type: 0, flags: 1, stream: 2 ** 31 - 1, payload: Buffer.from('data') },
  { type: 4, flags: 1, stream: 0, payload: Buffer.alloc(0) },
];

describe('frames', () => {
  it.each([1, 7, 9, 20, 1_000])('come out as they went in, cut into pieces of %i bytes', (size) => {
    const bytes = Buffer.concat(FRAMES.map(writeFrame));
    const reader = new FrameReader();
    const read: Frame[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      read.push(...reader.read(bytes.subarray(at, at + size)));
    }
    expect(read).toEqual(FRAMES);
  });
});
