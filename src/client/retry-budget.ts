/** Repeats that are allowed at once, and that quiet times earn again. */
const MOST = 10;
/** What each call earns: at most a fifth more calls are sent than were asked for. */
const EARNED = 0.2;

/**
 * Bounds the repeats of all calls of a process together. Where every call fails, a fleet that repeats
 * each of them several times would keep the service down.
 */
export class RetryBudget {
  #left = MOST;

  /** For each call that is asked for. */
  earn(): void {
    this.#left = Math.min(MOST, this.#left + EARNED);
  }

  /** Whether one more repeat is allowed, which then counts. */
  spend(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
