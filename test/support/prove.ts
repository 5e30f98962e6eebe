import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { inject } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** `npm run prove` with these arguments, and all that it printed. */
export async function prove(...args: string[]): Promise<{ code: unknown; printed: string }> {
  const searched = [path.dirname(inject('openBaoBinary')), process.env.PATH].join(path.delimiter);
  const child = spawn(process.execPath, ['proofs/main.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, PATH: searched },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, printed };
}
