import { connect, type Socket } from 'node:net';

/**
 * Where a connection breaks: before anything of a request has passed, in the middle of it, when it
 * has arrived and before its reply, in the middle of the reply, or when the reply has passed. A
 * `late-request` is cut off like a `request`, and arrives a second later.
 */
export type Cut =
  | 'request'
  | 'half-request'
  | 'late-request'
  | 'reply'
  | 'half-reply'
  | 'after-reply';

export interface CutOrder {
  readonly cut: Cut;
  /**
   * Told at that very moment, before the client can notice: it may be killed first.
   * @param reply what the server said, where it has said something
   */
  readonly struck?: (reply?: string) => void;
}

export interface ProxiedConnectionOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** Asked at the beginning of each request. */
  readonly cutOf: (request: string) => CutOrder | undefined;
  readonly closed: () => void;
}

const REQUEST = /^[A-Z]+ \/\S* HTTP\/1\.1\r\n/;
/** A server that learns late that its client is gone still does what it was asked. */
const FAREWELL_MS = 2_000;
const LATE_MS = 1_000;

/** One client's connection and the one to the server behind it; in the end both go together. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #options: ProxiedConnectionOptions;
  #held: (() => void)[] | undefined;
  #replyCut: CutOrder | undefined;
  #awaitsReply = false;

  constructor(client: Socket, options: ProxiedConnectionOptions) {
    this.#client = client;
    this.#options = options;
    this.#upstream = connect(options.target);
    client.on('data', (chunk) => this.#pass(() => this.#toServer(Buffer.from(chunk))));
    this.#upstream.on('data', (chunk) => this.#pass(() => this.#toClient(Buffer.from(chunk))));
    client.on('close', () => this.#pass(() => this.#clientLeft()));
    this.#upstream.on('close', () => this.#pass(() => this.destroy()));
    for (const socket of [client, this.#upstream]) {
      socket.setNoDelay(true);
      // A broken connection is what this is for; `close` follows.
      socket.on('error', () => socket.destroy());
    }
  }

  /** Keeps everything back from now on. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const pass of held) pass();
  }

  destroy(): void {
    this.#client.destroy();
    this.#upstream.destroy();
    this.#options.closed();
  }

  #pass(action: () => void): void {
    if (this.#held === undefined) action();
    else this.#held.push(action);
  }

  #toServer(chunk: Buffer): void {
    const begins = REQUEST.test(chunk.toString('latin1'));
    const order = begins ? this.#options.cutOf(chunk.toString('latin1')) : undefined;
    if (order === undefined) this.#send(chunk);
    else if (order.cut.endsWith('request')) this.#cutRequest(order, chunk);
    else {
      this.#replyCut = order;
      this.#send(chunk);
    }
  }

  #send(chunk: Buffer): void {
    this.#awaitsReply = true;
    this.#upstream.write(chunk);
  }

  #cutRequest({ cut, struck }: CutOrder, chunk: Buffer): void {
    struck?.();
    if (cut === 'half-request') this.#upstream.end(firstHalf(chunk));
    if (cut === 'late-request') {
      this.#awaitsReply = true;
      setTimeout(() => this.#send(chunk), LATE_MS).unref();
    }
    if (cut === 'request') this.destroy();
    else this.#client.destroy();
  }

  #toClient(chunk: Buffer): void {
    this.#awaitsReply = false;
    if (this.#client.destroyed) this.destroy();
    else if (this.#replyCut === undefined) this.#client.write(chunk);
    else this.#cutReply(this.#replyCut, chunk);
  }

  #cutReply({ cut, struck }: CutOrder, chunk: Buffer): void {
    if (cut === 'half-reply') this.#client.write(firstHalf(chunk));
    if (cut === 'after-reply') this.#client.write(chunk);
    struck?.(chunk.toString('latin1'));
    if (cut === 'reply') this.#client.destroy();
    else this.#client.end();
    this.#upstream.destroy();
  }

  #clientLeft(): void {
    if (!this.#awaitsReply) this.destroy();
    else setTimeout(() => this.destroy(), FAREWELL_MS).unref();
  }
}

function firstHalf(chunk: Buffer): Buffer {
  return chunk.subarray(0, Math.ceil(chunk.length / 2));
}
