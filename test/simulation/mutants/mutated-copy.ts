import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Mutant } from './mutant.ts';

const ROOT = join(import.meta.dirname, '../../..');

export interface MutatedCopy {
  readonly folder: string;
  remove(): Promise<void>;
}

/** A copy of the code and the simulator with one line broken; the original is never touched. */
export async function mutatedCopy(mutant: Mutant): Promise<MutatedCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenvault-mutant-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const part of ['src', 'test/simulation', 'test/support', 'package.json']) {
      // What is built from the sources may change at any time.
      const filter = (path: string) => basename(path) !== 'dist';
      await cp(join(ROOT, part), join(folder, part), { recursive: true, filter });
    }
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const file = join(folder, 'src', mutant.file);
    await writeFile(file, mutated(await readFile(file, 'utf8'), mutant));
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** @throws where the line is not there exactly once: the code has changed, and the list must follow */
export function mutated(text: string, { name, file, find, replace }: Mutant): string {
  const times = text.split(find).length - 1;
  if (times !== 1) throw new Error(`“${name}”: its line is ${times} times in ${file}`);
  return text.replace(find, () => replace);
}
