import type { Client as GrpcClient } from '@grpc/grpc-js';
import type { Clock } from '../domain/clock.ts';
import { Channels, type Reachability } from './channels.ts';

/** One of the servers that may be called, with the connections to it. */
export interface Server<Client extends GrpcClient> {
  readonly channels: Channels<Client>;
  /** Passed over while others will do, until this moment of the monotonic clock. */
  restsUntil: number;
}

const BY_STATE: Readonly<Record<Reachability, number>> = {
  connected: 0,
  dialling: 1,
  unreachable: 4,
};
/** A server at rest comes after the others, but before one that takes no call at all. */
const AT_REST = 2;

/** Every server that a call may go to. Any of them gives the same answer. */
export class Servers<Client extends GrpcClient> {
  readonly #servers: readonly [Server<Client>, ...Server<Client>[]];
  readonly #clock: Clock;
  #turn = 0;
  #change: PromiseWithResolvers<void> | undefined;
  #closed = false;

  constructor(opens: readonly [() => Client, ...(() => Client)[]], clock: Clock) {
    const serverOf = (open: () => Client) => ({ channels: new Channels(open), restsUntil: 0 });
    const [first, ...others] = opens;
    this.#servers = [serverOf(first), ...others.map(serverOf)];
    this.#clock = clock;
  }

  get size(): number {
    return this.#servers.length;
  }

  /** The best that there is. */
  reachability(): Reachability {
    const states = this.#servers.map(({ channels }) => channels.reachability());
    return states.reduce((best, state) => (BY_STATE[state] < BY_STATE[best] ? state : best));
  }

  /**
   * Where the next call goes: of those that are connected the one with the fewest calls under way, in
   * turn; else one that is being dialled, one that rests, one that cannot be reached.
   */
  next(): Server<Client> {
    const { length } = this.#servers;
    if (length === 1) return this.#servers[0];
    this.#turn = (this.#turn + 1) % length;
    const inTurn = [...this.#servers.slice(this.#turn), ...this.#servers.slice(0, this.#turn)];
    return inTurn.reduce((best, each) => (this.#isBetter(each, best) ? each : best));
  }

  /** Whether a call would find a server that is connected and takes calls, beside `server`. */
  hasOther(server: Server<Client>): boolean {
    return this.#servers.some((each) => each !== server && this.#rank(each) === 0);
  }

  /**
   * Resolves once a call can go somewhere or has no hope to: of several servers one that never answers
   * must not hold up a call that another could take.
   */
  async settled(): Promise<void> {
    while (this.size > 1 && !this.#closed && this.reachability() === 'dialling') {
      await this.#nextChange();
    }
  }

  close(): void {
    this.#closed = true;
    for (const { channels } of this.#servers) channels.close();
    // gRPC tells its watchers nothing of it.
    this.#change?.resolve();
  }

  /** One for all who wait: gRPC forgets a watcher only when it has fired. */
  #nextChange(): Promise<void> {
    if (this.#change !== undefined) return this.#change.promise;
    const change = Promise.withResolvers<void>();
    this.#change = change;
    const changed = () => {
      if (this.#change === change) this.#change = undefined;
      change.resolve();
    };
    for (const { channels } of this.#servers) channels.onceReachabilityChanges(changed);
    return change.promise;
  }

  #isBetter(one: Server<Client>, other: Server<Client>): boolean {
    const byRank = this.#rank(one) - this.#rank(other);
    return byRank < 0 || (byRank === 0 && one.channels.calls < other.channels.calls);
  }

  #rank({ channels, restsUntil }: Server<Client>): number {
    const rests = restsUntil > this.#clock.monotonic();
    return BY_STATE[channels.reachability()] + (rests ? AT_REST : 0);
  }
}
