import { type Clock, sleep } from '../domain/clock.ts';
import type { Reachability } from './channels.ts';

/** How long a way to TokenVault may take to stand, or to fail. */
const DIAL_MS = 5_000;
const LOOK_MS = 20;

interface Way {
  reachability(): Reachability;
  close(): void;
}

/** A way to TokenVault, which another one may replace while calls are under way. */
export class Replaceable<Route extends Way> {
  readonly #clock: Clock;
  #inUse: Route;
  #closed = false;

  constructor(first: Route, clock: Clock) {
    this.#inUse = first;
    this.#clock = clock;
  }

  get inUse(): Route {
    return this.#inUse;
  }

  /**
   * Later calls take `next`; those under way end where they began. Gives false, and nothing is changed,
   * where `next` alone does not reach TokenVault. While that cannot be reached in any way, nobody can
   * know whether it takes the new certificate: then it is taken.
   */
  async replace(next: Route): Promise<boolean> {
    const proven = await this.proves(next);
    if (proven) this.take(next);
    return proven;
  }

  /** Whether `next` may be taken, as `replace` says. It is closed where not. */
  async proves(next: Route): Promise<boolean> {
    const seenBefore = this.#dialled(this.#inUse);
    const after = await this.#dialled(next);
    const isRefused = after !== 'connected' && (await seenBefore) === 'connected';
    if (!this.#closed && !isRefused) return true;
    next.close();
    return false;
  }

  /** Later calls take `next`; those under way end where they began. */
  take(next: Route): void {
    const unused = this.#closed ? next : this.#inUse;
    if (!this.#closed) this.#inUse = next;
    unused.close();
  }

  close(): void {
    this.#closed = true;
    this.#inUse.close();
  }

  /** One try that fails says little: a node may restart, and a dial is tried again by itself. */
  async #dialled(way: Route): Promise<Reachability> {
    const end = this.#clock.monotonic() + DIAL_MS;
    const before = this.#inUse;
    const isOver = () => this.#closed || this.#inUse !== before || this.#clock.monotonic() >= end;
    let seen = way.reachability();
    while (seen !== 'connected' && !isOver()) {
      await sleep(this.#clock, LOOK_MS);
      seen = way.reachability();
    }
    return seen;
  }
}
