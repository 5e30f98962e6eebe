import type { Answer } from './child.ts';

/** What is in use after everything that is garbage was collected, bytes. */
export async function memory(): Promise<Answer> {
  if (globalThis.gc === undefined) throw new Error('Run with --expose-gc.');
  await globalThis.gc({ type: 'major', execution: 'async' });
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, rss };
}
