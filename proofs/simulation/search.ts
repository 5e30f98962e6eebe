import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { NODE_FLAGS } from '../../test/simulation/node-flags.ts';

export interface SearchOptions {
  readonly runs: number;
  /** The first seed. */
  readonly from: number;
  /** Told how many schedules are done. */
  readonly onProgress: (done: number) => void;
  /** Told each line about a schedule that broke a promise. */
  readonly onViolation: (line: string) => void;
}

const PROGRESS = /^(\d+) of \d+ schedules, .* (\d+) with violations$/;

/**
 * Searches in a process of its own, as `npm run simulate` does.
 * @returns how many schedules broke a promise
 * @throws where the search ended without saying so
 */
export async function search({
  runs,
  from,
  onProgress,
  onViolation,
}: SearchOptions): Promise<number> {
  const words = ['--runs', String(runs), '--from', String(from)];
  const command = [...NODE_FLAGS, 'test/simulation/main.ts', ...words];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  // However this process ends, the search ends with it.
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  let broken = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, done, violations] = PROGRESS.exec(line) ?? [];
    if (done === undefined) onViolation(line);
    else onProgress(Number(done));
    broken = violations === undefined ? broken : Number(violations);
  }
  const code = await exited;
  process.off('exit', end);
  if (code !== (broken === 0 ? 0 : 1)) throw new Error(`the search from ${from} on ended: ${code}`);
  return broken;
}
