import { readdirSync, readFileSync } from 'node:fs';

/** The text of a file. @throws Node's own error */
export function readSystemFile(path: string): string {
  return readFileSync(path, 'utf8');
}

/** The names in a folder. @throws Node's own error */
export function listSystemFolder(path: string): readonly string[] {
  return readdirSync(path);
}
