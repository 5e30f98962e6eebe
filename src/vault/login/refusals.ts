/** Vault locks a role id at the fifth: two are left to others, such as `tokenvault doctor`. */
const MOST = 3;
/**
 * Vault counts on for fifteen minutes after the last one. It has whole seconds, and its clock may run
 * a little slower than ours.
 */
const COUNTED_MS = 15 * 60_000 + 5_000;

/**
 * Refused logins of one role as Vault counts them. Times are monotonic, milliseconds.
 * @see https://openbao.org/docs/concepts/user-lockout/
 */
export class Refusals {
  #count = 0;
  #last = -Infinity;

  add(now: number): void {
    this.#count = now < this.#last + COUNTED_MS ? this.#count + 1 : 1;
    this.#last = now;
  }

  /** From when on one more is not one too many; that may be long ago. */
  get safeAt(): number {
    return this.#count < MOST ? -Infinity : this.#last + COUNTED_MS;
  }

  clear(): void {
    this.#count = 0;
  }
}
