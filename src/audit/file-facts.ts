import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { parseLine } from './audit-line.ts';
import { systemCode } from './system-code.ts';

/** What is true of the file of an audit, without opening it for writing or making it. */
export type FileFacts =
  | { readonly kind: 'not_writable'; readonly code: string }
  | {
      readonly kind: 'writable';
      /** What this user may still write where it is. */
      readonly freeBytes: number;
      /** Whether its last lines are of several processes in turn. */
      readonly isShared: boolean;
    };

/** Some hundred lines. */
const TAIL_BYTES = 64 * 1024;

export function auditFileFacts(path: string): FileFacts {
  try {
    const isThere = checkWritable(path);
    const { bavail, bsize } = statfsSync(dirname(path));
    const isShared = isThere && isWrittenInTurn(lastLines(path));
    return { kind: 'writable', freeBytes: bavail * bsize, isShared };
  } catch (error) {
    return { kind: 'not_writable', code: systemCode(error) };
  }
}

/** @returns whether the file is there @throws the system's error where the service could not open it */
function checkWritable(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return false;
  }
  if (stat.isDirectory()) throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
  accessSync(path, constants.W_OK | constants.R_OK);
  return stat.isFile();
}

function lastLines(path: string): readonly string[] {
  const fd = openSync(path, 'r');
  try {
    const size = statSync(path).size;
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const read = readSync(fd, tail, 0, tail.length, size - tail.length);
    return tail.toString('latin1', 0, read).split('\n');
  } finally {
    closeSync(fd);
  }
}

/** A process that is followed by another does not come back: whoever does, writes beside it. */
function isWrittenInTurn(lines: readonly string[]): boolean {
  const instances = lines.flatMap((line) => parseLine(line)?.instance ?? []);
  const turns = instances.filter((instance, index) => instance !== instances[index - 1]);
  return new Set(turns).size < turns.length;
}
