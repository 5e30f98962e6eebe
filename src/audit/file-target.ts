import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { append } from './append.ts';
import { endsMidLine } from './ends-mid-line.ts';
import type { Appended, LineTarget } from './line-target.ts';

/** Never waits for the reader of a named pipe. */
const FLAGS =
  constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (constants.O_NONBLOCK ?? 0);
/** It says who used whose grant: nobody else's to read. */
const MODE = 0o600;

/** Appends to the file of a name. @throws the system's error where it cannot be opened */
export class FileTarget implements LineTarget {
  readonly #path: string;
  #fd: number;
  #endsMidLine: boolean;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, FLAGS, MODE);
    this.#endsMidLine = endsMidLine(path, this.#fd);
  }

  get endsMidLine(): boolean {
    return this.#endsMidLine;
  }

  append(text: string, patient: boolean): Appended {
    return append(this.#fd, text, patient);
  }

  reopen(): boolean {
    const fd = openSync(this.#path, FLAGS, MODE);
    let unused = fd;
    try {
      const [now, before] = [fstatSync(fd), fstatSync(this.#fd)];
      if (now.dev === before.dev && now.ino === before.ino) return false;
      this.#endsMidLine = endsMidLine(this.#path, fd);
      unused = this.#fd;
      this.#fd = fd;
      return true;
    } finally {
      closeSync(unused);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
