import type { Clock } from '../domain/clock.ts';

/** setTimeout takes 32 bits: a longer wait would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clocks. Timers are unreferenced, so that they never keep a process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(ms, action) {
    // What is due already may be a moment late; Node would warn of the negative number.
    const timer = setTimeout(action, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
