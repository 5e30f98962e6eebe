/** Vault locks a role id at the fifth, and counts on for so long after the last one. */
const MOST = 4;
const COUNTED_MS = 15 * 60_000;

/**
 * Refused logins of one role as Vault counts them. Times are monotonic, milliseconds.
 * @see https://openbao.org/docs/concepts/user-lockout/
 */
export class Refusals {
  #count = 0;
  #last = -Infinity;

  add(now: number): void {
    this.#count = this.#isOver(now) ? 1 : this.#count + 1;
    this.#last = now;
  }

  /** Whether one more could lock the role. */
  isNextTooMany(now: number): boolean {
    return this.#count >= MOST && !this.#isOver(now);
  }

  clear(): void {
    this.#count = 0;
  }

  #isOver(now: number): boolean {
    return now - this.#last > COUNTED_MS;
  }
}
