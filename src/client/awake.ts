const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Keeps the process alive until `work` has settled: timers of the clock do not, and somebody waits. */
export async function awake<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, LONGEST_TIMER_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
