import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { type CutOrder, ProxiedConnection } from './proxied-connection.ts';

export type { Cut } from './proxied-connection.ts';

/** `shut`: connections break, old and new ones. `silent`: they stay, and nothing passes for now. */
export type Way = 'open' | 'shut' | 'silent';

export interface PlannedCut extends CutOrder {
  /** The first request that begins so is hit, for example `POST `. Default: any. */
  readonly request?: string;
  /** What the request has to hold besides, as far as it comes with its beginning. */
  readonly about?: string;
  /** So many of these requests pass before. Default: none. */
  readonly after?: number;
}

/** A TCP proxy on loopback that fails as networks do. It knows where a request of HTTP begins, no more. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #connections = new Set<ProxiedConnection>();
  #planned: { readonly planned: PlannedCut; before: number }[] = [];
  #way: Way = 'open';
  #cuts = 0;

  private constructor(target: string) {
    const { hostname, port } = new URL(target);
    this.#server = createServer((client) => {
      if (this.#way === 'shut') {
        client.destroy();
        return;
      }
      const connection = new ProxiedConnection(client, {
        target: { host: hostname, port: Number(port) },
        cutOf: (request) => this.#cutOf(request),
        closed: () => this.#connections.delete(connection),
      });
      this.#connections.add(connection);
      if (this.#way === 'silent') connection.hold();
    });
  }

  /** @param target origin that everything is passed on to */
  static async start(target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** `http://localhost:<port>`: another host than the one that the target calls itself. */
  get url(): string {
    // A server that listens on TCP has an address of this type.
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests that were hit so far. */
  get cuts(): number {
    return this.#cuts;
  }

  /** Fails one of the next requests. */
  plan(planned: PlannedCut): void {
    this.#planned.push({ planned, before: planned.after ?? 0 });
  }

  /** Forgets cuts that hit nothing. */
  forgetCuts(): void {
    this.#planned = [];
  }

  /** What was held back leaves when the way is open again, also for a client that is gone by then. */
  set way(way: Way) {
    this.#way = way;
    for (const connection of [...this.#connections]) {
      if (way === 'shut') connection.destroy();
      else if (way === 'silent') connection.hold();
      else connection.release();
    }
  }

  /** Open, and nothing planned. */
  heal(): void {
    this.forgetCuts();
    this.way = 'open';
  }

  async close(): Promise<void> {
    for (const connection of [...this.#connections]) connection.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #cutOf(request: string): CutOrder | undefined {
    const hit = this.#planned.find(
      ({ planned: { request: begin = '', about = '' } }) =>
        request.startsWith(begin) && request.includes(about),
    );
    if (hit === undefined) return undefined;
    hit.before -= 1;
    if (hit.before >= 0) return undefined;
    this.#planned = this.#planned.filter((each) => each !== hit);
    this.#cuts += 1;
    return hit.planned;
  }
}
