/** What is on its way for a key. */
interface Flight<T> {
  readonly minTtlMs: number;
  readonly answer: Promise<T>;
}

/** One call for any number of callers who want the same. */
export class TokenFlights<T> {
  readonly #flights = new Map<string, readonly Flight<T>[]>();

  /**
   * Joins a call that is on its way for `key` and asks for a life as long; else makes one.
   * @param call is given whether its answer is still wanted by those who come later
   */
  run(key: string, minTtlMs: number, call: (isWanted: () => boolean) => Promise<T>): Promise<T> {
    const others = this.#flights.get(key) ?? [];
    const joined = others.find((other) => other.minTtlMs >= minTtlMs);
    if (joined !== undefined) return joined.answer;
    const isWanted = () => this.#flights.get(key)?.includes(flight) === true;
    const answer = call(isWanted).finally(() => this.#land(key, flight));
    const flight: Flight<T> = { minTtlMs, answer };
    this.#flights.set(key, [...others, flight]);
    return answer;
  }

  /** Nobody joins those for `key` any more. */
  leave(key: string): void {
    this.#flights.delete(key);
  }

  /** Nobody joins those any more whose key begins so. */
  leaveAll(prefix: string): void {
    for (const key of [...this.#flights.keys()]) {
      if (key.startsWith(prefix)) this.#flights.delete(key);
    }
  }

  #land(key: string, landed: Flight<T>): void {
    const others = this.#flights.get(key)?.filter((flight) => flight !== landed) ?? [];
    if (others.length > 0) this.#flights.set(key, others);
    else this.#flights.delete(key);
  }
}
