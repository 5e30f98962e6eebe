/** What is on its way for a key. */
interface Flight<T> {
  readonly minTtlMs: number;
  readonly answer: Promise<T>;
}

/** One call for any number of callers who want the same. */
export class TokenFlights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /**
   * Joins the call that is on its way for `key`, if it asks for a life as long; else makes one.
   * @param call is given whether its answer is still wanted by those who come later
   */
  run(key: string, minTtlMs: number, call: (isWanted: () => boolean) => Promise<T>): Promise<T> {
    const other = this.#flights.get(key);
    if (other !== undefined && other.minTtlMs >= minTtlMs) return other.answer;
    const isWanted = () => this.#flights.get(key) === flight;
    const answer = call(isWanted).finally(() => {
      if (isWanted()) this.#flights.delete(key);
    });
    const flight: Flight<T> = { minTtlMs, answer };
    this.#flights.set(key, flight);
    return answer;
  }

  /** Nobody joins those any more whose key begins so. */
  leave(prefix: string): void {
    for (const key of [...this.#flights.keys()]) {
      if (key.startsWith(prefix)) this.#flights.delete(key);
    }
  }
}
