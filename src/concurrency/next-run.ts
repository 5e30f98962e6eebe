/**
 * Runs `work` for any number of callers, each of whom needs a run that began after it asked: at most
 * one run is under way and one more waits for it, shared by all who came meanwhile.
 */
export class NextRun<T> {
  readonly #work: () => Promise<T>;
  #running: Promise<T> | undefined;
  #waiting: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  run(): Promise<T> {
    if (this.#running === undefined) return this.#start();
    const start = () => this.#start();
    this.#waiting ??= this.#running.then(start, start);
    return this.#waiting;
  }

  #start(): Promise<T> {
    const run = this.#work();
    this.#running = run;
    this.#waiting = undefined;
    const end = () => {
      if (this.#running === run) this.#running = undefined;
    };
    run.then(end, end);
    return run;
  }
}
