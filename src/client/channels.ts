import { connectivityState, type Client as GrpcClient } from '@grpc/grpc-js';

/**
 * Half of what the server takes on one connection: where calls run out of time by the dozen and others
 * come in their place, both count there for a moment.
 */
const CALLS_EACH = 50;
const MOST_CHANNELS = 8;

export type Reachability = 'connected' | 'dialling' | 'unreachable';

interface Channel<Client> {
  readonly client: Client;
  calls: number;
}

/** Connections to one server: a further one is opened when those that there are have enough to do. */
export class Channels<Client extends GrpcClient> {
  readonly #open: () => Client;
  /** The first is there all the time, and most calls take it. */
  readonly #channels: [Channel<Client>, ...Channel<Client>[]];
  #calls = 0;
  #closed = false;

  constructor(open: () => Client) {
    this.#open = open;
    this.#channels = [{ client: open(), calls: 0 }];
  }

  /** How many are under way. */
  get calls(): number {
    return this.#calls;
  }

  /** Whether a connection stands. Dials where nothing has been dialled yet. */
  reachability(): Reachability {
    return REACHABILITY[this.#channels[0].client.getChannel().getConnectivityState(true)];
  }

  /** Calls `changed` once, when it may be something else. Keeps no process alive. */
  onceReachabilityChanges(changed: () => void): void {
    const channel = this.#channels[0].client.getChannel();
    channel.watchConnectivityState(channel.getConnectivityState(true), Infinity, changed);
  }

  /**
   * Makes one call. @param call is given a client, and what to do when its call has ended
   * @throws Error after `close`
   */
  use(call: (client: Client, ended: () => void) => void): void {
    // A channel that was closed while it was being dialled would keep the call until its deadline.
    if (this.#closed) throw new Error('closed');
    const channel = this.#pick();
    channel.calls += 1;
    this.#calls += 1;
    const ended = () => {
      channel.calls -= 1;
      this.#calls -= 1;
    };
    try {
      call(channel.client, ended);
    } catch (error) {
      ended();
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    for (const { client } of this.#channels) client.close();
  }

  /** The first that has room, so that in quiet times the others come to rest. */
  #pick(): Channel<Client> {
    const found = this.#channels.find(({ calls }) => calls < CALLS_EACH);
    if (found !== undefined) return found;
    if (this.#channels.length < MOST_CHANNELS) {
      const channel = { client: this.#open(), calls: 0 };
      this.#channels.push(channel);
      return channel;
    }
    return this.#channels.reduce((least, each) => (each.calls < least.calls ? each : least));
  }
}

const REACHABILITY: Readonly<Record<connectivityState, Reachability>> = {
  [connectivityState.READY]: 'connected',
  [connectivityState.IDLE]: 'dialling',
  [connectivityState.CONNECTING]: 'dialling',
  [connectivityState.TRANSIENT_FAILURE]: 'unreachable',
  // After `close`.
  [connectivityState.SHUTDOWN]: 'unreachable',
};
