import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { append } from './append.ts';
import type { Appended, LineTarget } from './line-target.ts';

/** Never waits for the reader of a named pipe. */
const FLAGS =
  constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (constants.O_NONBLOCK ?? 0);
/** It says who used whose grant: nobody else's to read. */
const MODE = 0o600;
const LINE_END = 0x0a;

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
    const [now, before] = [fstatSync(fd), fstatSync(this.#fd)];
    if (now.dev === before.dev && now.ino === before.ino) {
      closeSync(fd);
      return false;
    }
    this.#endsMidLine = endsMidLine(this.#path, fd);
    const old = this.#fd;
    this.#fd = fd;
    closeSync(old);
    return true;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function endsMidLine(path: string, fd: number): boolean {
  const stat = fstatSync(fd);
  if (!stat.isFile() || stat.size === 0) return false;
  const last = Buffer.alloc(1);
  const reader = openSync(path, 'r');
  try {
    readSync(reader, last, 0, 1, stat.size - 1);
  } finally {
    closeSync(reader);
  }
  return last[0] !== LINE_END;
}
