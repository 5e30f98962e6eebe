import { setTimeout as wait } from 'node:timers/promises';

export interface UntilOptions {
  /** Default 20 s. */
  readonly timeoutMs?: number | undefined;
  /** Default 50 ms. */
  readonly everyMs?: number;
}

/**
 * Asks until the answer is truthy, and gives it. Outside of test files this stands for
 * `vi.waitUntil`, so that what they share also runs without the test runner.
 * @throws Error naming `what`, when the time is over
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  { timeoutMs = 20_000, everyMs = 50 }: UntilOptions = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() >= deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}.`);
    await wait(everyMs);
  }
}
