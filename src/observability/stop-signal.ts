import { once } from 'node:events';
import type { Clock } from '../domain/clock.ts';

/** A terminal, npm, systemd and a launcher may each deliver the one signal that was meant. */
const SAME_SIGNAL_MS = 1_000;

export interface StopSignalOptions {
  /** The process. */
  readonly signals: NodeJS.EventEmitter;
  /** Default: SIGTERM and SIGINT. */
  readonly names?: readonly string[];
  readonly clock: Clock;
  /** Called for a signal that comes more than a second after the first. */
  readonly endAtOnce: () => void;
}

/** Resolves with the name of the first signal. The process goes on handling those that follow. */
export async function stopSignal({
  signals,
  names = ['SIGTERM', 'SIGINT'],
  clock,
  endAtOnce,
}: StopSignalOptions): Promise<string> {
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
