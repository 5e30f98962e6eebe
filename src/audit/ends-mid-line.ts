import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const LINE_END = 0x0a;

/** Whether the open file, which `path` names too, ends within a line. @throws where it cannot be read */
export function endsMidLine(path: string, fd: number): boolean {
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
