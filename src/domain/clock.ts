/** Stops a scheduled action; stopping twice or too late does nothing. */
export type Cancel = () => void;

/** Time, passed in so that the whole service runs in a simulator. */
export interface Clock {
  /** Wall-clock time, milliseconds since the epoch. May jump. */
  now(): number;
  /** Milliseconds that never go back and do not jump with the wall clock. */
  monotonic(): number;
  /** Runs `action` once, after `ms`. A pending action does not keep the process alive. */
  schedule(ms: number, action: () => void): Cancel;
}

/** One moment on both of its clocks. */
export interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

export function instantOf(clock: Clock): Instant {
  return { monotonic: clock.monotonic(), wall: clock.now() };
}

/** Resolves after `ms`, or at once when `signal` aborts; it never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.schedule(ms, done);
    signal?.addEventListener('abort', done);
  });
}
