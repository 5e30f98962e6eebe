import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** On Linux; a container may have little of it, or let nothing run there. */
const MEMORY = '/dev/shm';
const NEEDED_BYTES = 2 ** 31;
const PREFIX = 'tokenvault-test-';

/**
 * Makes the folder that takes everything a test run writes. Vault waits for the disk at each write,
 * which would be most of a run, so it is in memory where that goes: no test is about a power cut.
 * TMPDIR says otherwise.
 */
export function makeRunFolder({ TMPDIR }: NodeJS.ProcessEnv): string {
  if (TMPDIR === undefined && hasRoom()) {
    const folder = mkdtempSync(path.join(MEMORY, PREFIX));
    if (runsPrograms(folder)) return folder;
    rmSync(folder, { recursive: true });
  }
  return mkdtempSync(path.join(tmpdir(), PREFIX));
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= NEEDED_BYTES;
  } catch {
    // Another system than Linux.
    return false;
  }
}

function runsPrograms(folder: string): boolean {
  const program = path.join(folder, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
  const { status } = spawnSync(program);
  rmSync(program);
  return status === 0;
}
