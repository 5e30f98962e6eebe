import { LoadConnection, type Target } from './load-connection.ts';

export interface LoadOptions {
  readonly calls: number;
  /** Calls under way at any time on each connection. */
  readonly streams: number;
  /** The message of call number `index`. */
  readonly message: (index: number) => Uint8Array;
  /** Throws where a reply is not what it should be. */
  readonly check?: (reply: Buffer, index: number) => void;
}

export interface LoadResult {
  readonly seconds: number;
  /** Of each call, milliseconds. */
  readonly latencies: readonly number[];
}

/** Connections that stay open from round to round. */
export class Load {
  readonly #connections: readonly LoadConnection[];

  private constructor(connections: readonly LoadConnection[]) {
    this.#connections = connections;
  }

  static async open(target: Target, connections: number): Promise<Load> {
    const dialled = Array.from({ length: connections }, () => LoadConnection.open(target));
    return new Load(await Promise.all(dialled));
  }

  /** A closed loop: each call that ends makes room for the next one. */
  async run({ calls, streams, message, check }: LoadOptions): Promise<LoadResult> {
    const latencies: number[] = [];
    let next = 0;
    const loop = async (connection: LoadConnection) => {
      while (next < calls) {
        const index = next;
        next += 1;
        const sentAt = performance.now();
        const reply = await connection.call(message(index));
        latencies.push(performance.now() - sentAt);
        check?.(reply, index);
      }
    };
    const startedAt = performance.now();
    const loops = this.#connections.flatMap((connection) =>
      Array.from({ length: streams }, () => loop(connection)),
    );
    await Promise.all(loops);
    return { seconds: (performance.now() - startedAt) / 1_000, latencies };
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}
