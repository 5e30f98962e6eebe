import { type ChildProcess, execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect } from 'vitest';

/** SIGSTOP takes effect when the machine comes to it: resolves when it has, for every thread. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP');
  const { pid } = child;
  if (pid === undefined) throw new Error('The process never ran.');
  await expect.poll(() => statesOf(pid), { interval: 2 }).toMatch(/^T+$/);
}

/** One letter for each thread, as in proc_pid_stat(5); where there is no /proc, one for all. */
async function statesOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', `${pid}`]);
    return stdout.slice(0, 1);
  }
  const threads = await readdir(`/proc/${pid}/task`);
  const stats = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
  );
  // The name before it stands in brackets, and may hold anything.
  return stats.map((stat) => stat.charAt(stat.lastIndexOf(')') + 2)).join('');
}
