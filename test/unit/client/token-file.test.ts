import { mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenFromFile } from '../../../src/client/token-file.ts';

let folder: string;
let file: string;
let elapsedMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenvault-token-'));
  file = join(folder, 'token');
  elapsedMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => elapsedMs);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe('the token of a file', () => {
  it('is the text in it, without blanks around', async () => {
    await writeFile(file, 'first\n');
    expect(tokenFromFile(file)()).toBe('first');
  });

  it('is another one within a second of the file’s being replaced, as Kubernetes does it', async () => {
    await writeFile(join(folder, 'a'), 'first');
    await writeFile(join(folder, 'b'), 'second');
    await symlink('a', file);
    const token = tokenFromFile(file);
    expect(token()).toBe('first');
    await symlink('b', join(folder, 'next'));
    await rename(join(folder, 'next'), file);
    elapsedMs = 999;
    expect(token()).toBe('first');
    elapsedMs = 1_000;
    expect(token()).toBe('second');
  });

  it('goes on while the file is gone or empty', async () => {
    await writeFile(file, 'first');
    const token = tokenFromFile(file);
    expect(token()).toBe('first');
    await writeFile(file, '');
    elapsedMs = 1_000;
    expect(token()).toBe('first');
    await unlink(file);
    elapsedMs = 2_000;
    expect(token()).toBe('first');
    await writeFile(file, 'second');
    elapsedMs = 3_000;
    expect(token()).toBe('second');
  });

  it('is an error while there has been none', async () => {
    const token = tokenFromFile(file);
    expect(token).toThrow('cannot be read');
    await writeFile(file, 'first');
    elapsedMs = 1_000;
    expect(token()).toBe('first');
  });
});
