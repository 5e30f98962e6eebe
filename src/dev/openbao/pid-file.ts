import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { StartupProblems } from '../../domain/startup-problems.ts';

const run = promisify(execFile);

/** Writes down which process serves the data folder. */
export async function rememberServer(dataDir: string, pid: number | undefined): Promise<void> {
  if (pid !== undefined) await writeFile(pidFile(dataDir), String(pid));
}

/**
 * A second server on one data folder would spoil the files of the first, and one that was left
 * behind by a killed `npm run dev` still holds its port.
 * @throws StartupProblems naming the process
 */
export async function refuseSecondServer(dataDir: string): Promise<void> {
  const folder = resolve(dataDir);
  const pid = await readFile(pidFile(folder), 'utf8').catch(() => '');
  if (!/^\d+$/.test(pid) || !(await commandOf(pid)).includes(folder)) return;
  throw new StartupProblems([
    `An OpenBao of ${dataDir} runs already (process ${pid}): stop the \`npm run dev\` that it belongs to; if that is gone, end it with \`kill ${pid}\`.`,
  ]);
}

function pidFile(dataDir: string): string {
  return join(dataDir, 'openbao.pid');
}

/** Empty where there is no such process, or no `ps` to ask. */
async function commandOf(pid: string): Promise<string> {
  return run('ps', ['-p', pid, '-o', 'command=']).then(
    ({ stdout }) => stdout,
    () => '',
  );
}
