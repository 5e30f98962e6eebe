/** Counts the calls that are being served, so that a stop can wait for them and a flood is seen. */
export class CallsInFlight {
  readonly #most: number;
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param most how many calls are served at a time */
  constructor(most: number) {
    this.#most = most;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether more calls have begun than are served at a time. */
  get tooMany(): boolean {
    return this.#count > this.#most;
  }

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) for (const tell of this.#waiting.splice(0)) tell();
  }

  /** Resolves when no call is being served. */
  whenIdle(): Promise<void> {
    return this.#count === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
