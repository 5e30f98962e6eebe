import { closeSync, constants, openSync } from 'node:fs';
import { append } from './append.ts';
import { endsMidLine } from './ends-mid-line.ts';
import type { Appended, LineTarget } from './line-target.ts';

const STDOUT = 1;
const PATH = '/dev/stdout';
const FLAGS = constants.O_APPEND | constants.O_WRONLY | (constants.O_NONBLOCK ?? 0);

/** Standard output, which others rotate. */
export class StdoutTarget implements LineTarget {
  readonly #fd = openAgain();
  readonly endsMidLine = wasLeftMidLine(this.#fd);

  append(text: string, patient: boolean): Appended {
    return append(this.#fd, text, patient);
  }

  reopen(): boolean {
    return false;
  }

  close(): void {
    if (this.#fd !== STDOUT) closeSync(this.#fd);
  }
}

/** Opened once more, because whether writing waits for the reader is a property of each opening. */
function openAgain(): number {
  try {
    return openSync(PATH, FLAGS);
  } catch {
    // A socket cannot be opened by its name.
    return STDOUT;
  }
}

/** A file that others let grow from one process to the next; what cannot be read may as well be whole. */
function wasLeftMidLine(fd: number): boolean {
  try {
    return endsMidLine(PATH, fd);
  } catch {
    return false;
  }
}
