import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Agent, type Dispatcher, request } from 'undici';

/** One request that came through, with its answer once there is one. */
export interface TappedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: string;
  status?: number;
  reply?: string;
}

export interface TapReply {
  readonly status: number;
  readonly body: string;
}

/** What becomes of a request, or of its answer: passed on, cut off, or answered by the tap itself. */
export type TapVerdict = 'pass' | 'drop' | TapReply;

const DROPPED_HEADERS = ['connection', 'keep-alive', 'transfer-encoding', 'host', 'content-length'];

/** An HTTP proxy on loopback that keeps every request and answer, and can fail any of them. */
export class WireTap {
  /** All requests, in the order of their arrival. */
  readonly requests: TappedRequest[] = [];
  /** Asked before a request is passed on. */
  before: (request: TappedRequest) => TapVerdict | Promise<TapVerdict> = () => 'pass';
  /** Asked when the request has taken effect, before its answer is passed back. */
  after: (request: TappedRequest) => TapVerdict | Promise<TapVerdict> = () => 'pass';
  readonly #target: string;
  readonly #server: Server;
  readonly #agent = new Agent();

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((incoming, outgoing) => {
      // Whatever breaks on the way to the target breaks the caller's connection too.
      this.#relay(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  /** @param target origin that everything is passed on to */
  static async start(target: string): Promise<WireTap> {
    const tap = new WireTap(target);
    await new Promise<void>((resolve) => tap.#server.listen(0, '127.0.0.1', resolve));
    return tap;
  }

  get url(): string {
    // A server that listens on TCP has an address of this type.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests whose path holds all of `parts`. */
  matching(...parts: readonly string[]): readonly TappedRequest[] {
    return this.requests.filter(({ path }) => parts.every((part) => path.includes(part)));
  }

  /** Everything that went through, as text. */
  transcript(): string {
    return this.requests.map(({ path, body, reply }) => `${path}\n${body}\n${reply}`).join('\n');
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#agent.destroy();
  }

  async #relay(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = incoming;
    const tapped: TappedRequest = { method, path, body: await text(incoming) };
    this.requests.push(tapped);
    const verdict = await this.before(tapped);
    if (verdict !== 'pass') return answerItself(tapped, verdict, outgoing);
    const answer = await this.#passOn(tapped, incoming);
    tapped.status = answer.statusCode;
    tapped.reply = await answer.body.text();
    const second = await this.after(tapped);
    if (second !== 'pass') return answerItself(tapped, second, outgoing);
    outgoing.writeHead(answer.statusCode, passedHeaders(answer.headers));
    outgoing.end(tapped.reply);
  }

  #passOn({ method, path, body }: TappedRequest, incoming: IncomingMessage) {
    return request(`${this.#target}${path}`, {
      // Any method that came in is one that can go out.
      method: method as Dispatcher.HttpMethod,
      headers: passedHeaders(incoming.headers),
      body: body === '' ? null : body,
      dispatcher: this.#agent,
    });
  }
}

/** `tapped` keeps what the target said, if it was asked. */
function answerItself(
  tapped: TappedRequest,
  verdict: 'drop' | TapReply,
  outgoing: ServerResponse,
): void {
  if (verdict === 'drop') {
    outgoing.destroy();
    return;
  }
  tapped.status ??= verdict.status;
  tapped.reply ??= verdict.body;
  outgoing.writeHead(verdict.status, { 'content-type': 'application/json' });
  outgoing.end(verdict.body);
}

function passedHeaders<Value>(headers: NodeJS.Dict<Value>): Record<string, Value> {
  const kept: Record<string, Value> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !DROPPED_HEADERS.includes(name)) kept[name] = value;
  }
  return kept;
}
