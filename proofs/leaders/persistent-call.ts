import { setTimeout as wait } from 'node:timers/promises';
import { TokenVaultError } from '../../src/client/token-vault-error.ts';

/** One attempt, with what is left of the time. */
export type Attempt = (timeoutMs: number) => Promise<unknown>;

/**
 * Makes a call as a careful caller does: where the answer says that the same call can go well later,
 * it is made again after the wait that the answer names, all within one deadline.
 * @returns how many attempts it took
 * @throws TokenVaultError of the last attempt for which there was time
 */
export async function persistently(attempt: Attempt, deadlineMs: number): Promise<number> {
  const end = performance.now() + deadlineMs;
  for (let attempts = 1; ; attempts += 1) {
    try {
      await attempt(end - performance.now());
      return attempts;
    } catch (error) {
      const pause = error instanceof TokenVaultError ? error.retryAfterMs : undefined;
      if (pause === undefined || performance.now() + pause >= end) throw error;
      await wait(pause);
    }
  }
}
