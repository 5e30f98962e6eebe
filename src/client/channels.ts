/**
 * Half of what the server takes on one connection: where calls run out of time by the dozen and others
 * come in their place, both count there for a moment.
 */
const CALLS_EACH = 50;
const MOST_CHANNELS = 8;

interface Channel<Client> {
  readonly client: Client;
  calls: number;
}

/** Connections to one server: a further one is opened when those that there are have enough to do. */
export class Channels<Client extends { close(): void }> {
  readonly #open: () => Client;
  /** The one that is there all the time, and that most calls take. */
  readonly first: Client;
  readonly #channels: Channel<Client>[];
  #closed = false;

  constructor(open: () => Client) {
    this.#open = open;
    this.first = open();
    this.#channels = [{ client: this.first, calls: 0 }];
  }

  /** Makes one call. @param call is given a client, and what to do when its call has ended */
  use(call: (client: Client, ended: () => void) => void): void {
    const channel = this.#pick();
    channel.calls += 1;
    const ended = () => {
      channel.calls -= 1;
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
    if (this.#channels.length < MOST_CHANNELS && !this.#closed) {
      const channel = { client: this.#open(), calls: 0 };
      this.#channels.push(channel);
      return channel;
    }
    return this.#channels.reduce((least, each) => (each.calls < least.calls ? each : least));
  }
}
