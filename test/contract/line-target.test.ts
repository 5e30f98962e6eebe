import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileTarget } from '../../src/audit/file-target.ts';
import { MemoryTarget } from '../support/fakes/memory-target.ts';
import { lineTargetContract } from './line-target.ts';

describe('in memory', () => {
  lineTargetContract(async (text = '') => {
    const target = new MemoryTarget();
    target.files[0] = text;
    return {
      target,
      texts: async () => target.files,
      rotate: async () => {
        target.rotated = true;
      },
    };
  });
});

describe('in a file', () => {
  let directory: string;
  let opened = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tokenvault-line-target-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  lineTargetContract(async (text = '') => {
    opened += 1;
    const path = join(directory, `${opened}.log`);
    await writeFile(path, text);
    const names = [path];
    return {
      target: new FileTarget(path),
      texts: () => Promise.all(names.map((name) => readFile(name, 'utf8'))),
      rotate: async () => {
        await rename(path, `${path}.1`);
        names.unshift(`${path}.1`);
      },
    };
  });

  it('says why a folder that is gone cannot be followed, and goes on', async () => {
    const folder = await mkdtemp(join(directory, 'gone-'));
    const target = new FileTarget(join(folder, 'audit.log'));
    await rename(folder, `${folder}.1`);
    expect(() => target.reopen()).toThrow('ENOENT');
    expect(target.append('one\n', true)).toEqual({ bytes: 4 });
    target.close();
    expect(await readFile(join(`${folder}.1`, 'audit.log'), 'utf8')).toBe('one\n');
  });

  it.skipIf(!existsSync('/dev/full'))('says why a full disk takes nothing', () => {
    const target = new FileTarget('/dev/full');
    expect(target.append('one\n', true)).toEqual({ bytes: 0, problem: 'ENOSPC' });
    target.close();
  });
});

describe('on standard output', () => {
  const source = new URL('../../src/audit/stdout-target.ts', import.meta.url);
  const script = `
    import { StdoutTarget } from ${JSON.stringify(source.href)};
    const target = new StdoutTarget();
    target.append(target.endsMidLine + '\\n', true);
    target.close();`;

  it.each([
    ['', false],
    ['whole\n', false],
    ['whole\nhalf', true],
  ])('knows whether a file that holds %j ends within a line', async (text, expected) => {
    const directory = await mkdtemp(join(tmpdir(), 'tokenvault-stdout-target-'));
    const path = join(directory, 'stdout.log');
    await writeFile(path, text);
    const stdout = await open(path, 'a');
    const node = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', stdout.fd, 'inherit'],
    });
    await once(node, 'close');
    await stdout.close();
    expect(await readFile(path, 'utf8')).toBe(`${text}${expected}\n`);
    await rm(directory, { recursive: true });
  });
});
