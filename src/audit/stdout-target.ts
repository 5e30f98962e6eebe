import { closeSync, constants, openSync } from 'node:fs';
import { append } from './append.ts';
import type { Appended, LineTarget } from './line-target.ts';

const STDOUT = 1;
const FLAGS = constants.O_APPEND | constants.O_WRONLY | (constants.O_NONBLOCK ?? 0);

/** Standard output, which others rotate. */
export class StdoutTarget implements LineTarget {
  readonly endsMidLine = false;
  readonly #fd = openAgain();

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
    return openSync('/dev/stdout', FLAGS);
  } catch {
    // A socket cannot be opened by its name.
    return STDOUT;
  }
}
