import type { Clock } from '../domain/clock.ts';

/** setTimeout takes 32 bits: a longer wait would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clocks. Timers are unreferenced, so that they never keep a process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(ms, action) {
    // Node drops fractions, and fires up to a millisecond early by the finer clock. What is due
    // already may be a moment late; Node would warn of the negative number.
    const whole = Math.max(Math.ceil(ms) + 1, 0);
    const timer = setTimeout(action, Math.min(whole, LONGEST_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
