import type { Clock } from '../domain/clock.ts';

/**
 * Settles as `work` does, or rejects with `onTimeout()` after `ms`. The work itself goes on.
 */
export function within<T>(
  clock: Clock,
  ms: number,
  options: { work: Promise<T>; onTimeout: () => Error },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(Math.max(0, ms), () => reject(options.onTimeout()));
    options.work.then(resolve, reject).finally(cancel);
  });
}
