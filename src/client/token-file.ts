import { readFileSync, statSync } from 'node:fs';

/** A file that was replaced is noticed this long after it is asked for again. */
const LOOK_EVERY_MS = 1_000;

/**
 * Gives the token in a file, as Kubernetes mounts and replaces them: the file is read again when it
 * has changed. While it cannot be read, the last token goes on.
 * @throws Error where it could never be read
 */
export function tokenFromFile(path: string): () => string {
  let token: string | undefined;
  let version = '';
  let lookedAt = Number.NEGATIVE_INFINITY;
  const look = () => {
    const { mtimeMs, size, ino } = statSync(path);
    const found = `${ino} ${mtimeMs} ${size}`;
    if (found === version) return;
    const text = readFileSync(path, 'utf8').trim();
    // One that is written in place is empty for a moment.
    if (text !== '') [token, version] = [text, found];
  };
  return () => {
    const now = performance.now();
    if (now - lookedAt >= LOOK_EVERY_MS) {
      lookedAt = now;
      try {
        look();
      } catch {
        // Told below where there is no token to go on with.
      }
    }
    if (token !== undefined) return token;
    throw new Error('The file of the bearer token cannot be read, or is empty.');
  };
}
