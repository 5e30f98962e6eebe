import { connect, type Socket } from 'node:net';

/**
 * Where a connection breaks: before anything of a request has passed, in the middle of it, when it
 * has arrived and before its reply, or in the middle of the reply.
 */
export type Cut = 'request' | 'half-request' | 'reply' | 'half-reply';

export interface ProxiedConnectionOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** Asked at the beginning of each request. */
  readonly cutOf: (request: string) => Cut | undefined;
  readonly closed: () => void;
}

const REQUEST = /^[A-Z]+ \/\S* HTTP\/1\.1\r\n/;
/** A server that learns late that its client is gone still does what it was asked. */
const FAREWELL_MS = 2_000;

/** One client's connection and the one to the server behind it; in the end both go together. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #options: ProxiedConnectionOptions;
  #held: (() => void)[] | undefined;
  #replyCut: Cut | undefined;
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
    const cut = begins ? this.#options.cutOf(chunk.toString('latin1')) : undefined;
    switch (cut) {
      case 'request':
        this.destroy();
        return;
      case 'half-request':
        this.#upstream.end(firstHalf(chunk));
        this.#client.destroy();
        return;
      case 'reply':
      case 'half-reply':
        this.#replyCut = cut;
        break;
      case undefined:
        break;
    }
    this.#awaitsReply = true;
    this.#upstream.write(chunk);
  }

  #toClient(chunk: Buffer): void {
    this.#awaitsReply = false;
    if (this.#client.destroyed) this.destroy();
    else if (this.#replyCut === undefined) this.#client.write(chunk);
    else {
      if (this.#replyCut === 'half-reply') this.#client.end(firstHalf(chunk));
      else this.#client.destroy();
      this.#upstream.destroy();
    }
  }

  #clientLeft(): void {
    if (!this.#awaitsReply) this.destroy();
    else setTimeout(() => this.destroy(), FAREWELL_MS).unref();
  }
}

function firstHalf(chunk: Buffer): Buffer {
  return chunk.subarray(0, Math.ceil(chunk.length / 2));
}
