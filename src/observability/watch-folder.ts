import { watch } from 'node:fs';
import type { Cancel } from '../domain/clock.ts';

/**
 * Calls `changed` whenever the system tells of a change in a folder. Where it tells of none (too
 * many watches, a file system of another machine) nothing is called: who needs to know looks anyway.
 */
export function watchFolder(folder: string, changed: () => void): Cancel {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    // The folder is not there, or cannot be watched.
    return () => undefined;
  }
}
