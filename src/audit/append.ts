import { writeSync } from 'node:fs';
import type { Appended } from './line-target.ts';
import { systemCode } from './system-code.ts';

/** Of a pipe that is full: how long is waited for its reader, and how often, milliseconds. */
const NAP_MS = 2;
const MOST_NAPS = 50;

/** Appends ASCII text to an open file, whatever the system takes of it at a time. */
export function append(fd: number, text: string, patient: boolean): Appended {
  let bytes = 0;
  let naps = patient ? MOST_NAPS : 0;
  while (bytes < text.length) {
    try {
      // Alike for the kernel, but the whole text need not be copied first.
      bytes += writeSync(fd, bytes === 0 ? text : text.slice(bytes), null, 'latin1');
    } catch (error) {
      const problem = systemCode(error);
      if (problem !== 'EAGAIN' || naps === 0) return { bytes, problem };
      naps -= 1;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NAP_MS);
    }
  }
  return { bytes };
}
