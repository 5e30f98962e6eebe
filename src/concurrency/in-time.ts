import { type Clock, sleep } from '../domain/clock.ts';

/** What `work` resolves to, or undefined where it takes longer than `ms`. The work itself goes on. */
export async function inTime<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return (await Promise.race([work, sleep(clock, Math.max(0, ms), over.signal)])) ?? undefined;
  } finally {
    over.abort();
  }
}
