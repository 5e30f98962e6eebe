import { once } from 'node:events';
import type { Clock } from '../domain/clock.ts';

/** A shell, systemd and a launcher may each deliver the one signal that was meant. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Resolves with the name of the first SIGTERM or SIGINT that `signals` (the process) emits. From
 * then on a signal that comes more than a second later calls `endAtOnce`.
 */
export async function stopSignal(
  signals: NodeJS.EventEmitter,
  clock: Clock,
  endAtOnce: () => void,
): Promise<'SIGTERM' | 'SIGINT'> {
  const names = ['SIGTERM', 'SIGINT'] as const;
  const waiting = new AbortController();
  const { signal } = waiting;
  const first = await Promise.race(
    names.map((name) => once(signals, name, { signal }).then(() => name)),
  );
  waiting.abort();
  const since = clock.monotonic();
  const again = () => {
    if (clock.monotonic() - since >= SAME_SIGNAL_MS) endAtOnce();
  };
  for (const name of names) signals.on(name, again);
  return first;
}
