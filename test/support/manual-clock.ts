import type { Cancel, Clock } from '../../src/domain/clock.ts';

interface Pending {
  readonly at: number;
  readonly action: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #monotonic = 0;
  readonly #pending = new Set<Pending>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  schedule(ms: number, action: () => void): Cancel {
    const pending = { at: this.#monotonic + ms, action };
    this.#pending.add(pending);
    return () => this.#pending.delete(pending);
  }

  /** Moves the wall clock alone, as an administrator or NTP may. */
  jumpWall(ms: number): void {
    this.#now += ms;
  }

  /** Lets `ms` pass: what falls due runs in its order, each with its consequences. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settle();
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) {
      this.#move(next.at);
      this.#pending.delete(next);
      next.action();
      await settle();
    }
    this.#move(end);
    await settle();
  }

  /** Lets time pass until `work` has settled, at most `mostMs`. */
  async until<T>(work: Promise<T>, mostMs = 3_600_000): Promise<T> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    work.then(done, done);
    const end = this.#monotonic + mostMs;
    await settle();
    while (!settled && this.#monotonic < end) {
      const next = this.#nextUntil(end);
      await this.advance(next === undefined ? end - this.#monotonic : next.at - this.#monotonic);
    }
    if (!settled) throw new Error(`not settled within ${mostMs} ms of virtual time`);
    return work;
  }

  #nextUntil(end: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at <= end && (next === undefined || pending.at < next.at)) next = pending;
    }
    return next;
  }

  #move(to: number): void {
    this.#now += to - this.#monotonic;
    this.#monotonic = to;
  }
}

/** Lets promises that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
