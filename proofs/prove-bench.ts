import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ProofContext, Verdict } from './proof.ts';

const BENCHMARK = ['bench/main.ts', '--check'];
const UNKNOWN_FLAG = "Unknown option '--check'";

/** What a cached call costs stays within its bounds: the benchmark measures and judges it. */
export async function proveBench({ env, quick, print }: ProofContext): Promise<Verdict> {
  if (quick)
    return { held: true, sentence: 'figures of a short run mean nothing, so none was made.' };
  const child = spawn(process.execPath, BENCHMARK, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const killWithParent = () => child.kill();
  process.on('exit', killWithParent);
  let isUnknown = false;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      isUnknown ||= line.includes(UNKNOWN_FLAG);
      if (!isUnknown) print(line);
    });
  }
  const [code] = await once(child, 'close');
  process.off('exit', killWithParent);
  if (isUnknown) return { held: false, sentence: 'this benchmark has no --check.' };
  const held = code === 0;
  return { held, sentence: held ? 'every figure is within its bound.' : `it ended with ${code}.` };
}
