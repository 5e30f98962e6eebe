import { Agent } from 'undici';
import type { Clock } from '../domain/clock.ts';
import { TransportFault } from './transport-fault.ts';
import { WholeReply } from './whole-reply.ts';

/** Connections per host. */
const DEFAULT_CONNECTIONS = 64;
/** Requests under way or waiting for a connection; further ones are refused before they are sent. */
const MAX_REQUESTS = 2_048;
/** Statuses of which the Fetch standard demands that they have no body. */
const BODILESS = new Set([204, 205, 304]);

export interface BoundedHttpOptions {
  readonly connectTimeoutMs: number;
  readonly connections?: number;
  /** PEM of the authorities that servers are believed for. Default: those that Node knows. */
  readonly caPem?: string | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For everything: waiting for a connection, sending, and the whole body of the answer. */
  readonly timeoutMs: number;
  /** A longer answer is a fault. */
  readonly maxBytes: number;
}

/**
 * HTTP in which everything has a bound and nothing happens twice: one request is written to a
 * socket at most once, redirects are not followed, bodies are not unpacked.
 */
export class BoundedHttp {
  readonly #agent: Agent;
  readonly #clock: Clock;
  #requests = 0;

  constructor(options: BoundedHttpOptions, deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
    this.#agent = new Agent({
      connections: options.connections ?? DEFAULT_CONNECTIONS,
      pipelining: 1,
      // HTTP/2 may send a request again after GOAWAY.
      allowH2: false,
      connect: {
        timeout: options.connectTimeoutMs,
        ...(options.caPem !== undefined && { ca: options.caPem }),
      },
      // One deadline over everything replaces them.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** @throws TransportFault, and nothing else */
  async send(request: HttpRequest): Promise<Response> {
    if (this.#requests >= MAX_REQUESTS) throw new TransportFault(false, 'TOO_MANY_REQUESTS');
    this.#requests += 1;
    const reply = new WholeReply(request.maxBytes);
    const cancel = this.#clock.schedule(request.timeoutMs, () => reply.giveUp('TIMEOUT'));
    try {
      this.#dispatch(request, reply);
      const { status, headers, body } = await reply.whole;
      if (status > 599) throw new TransportFault(true, 'STATUS');
      return new Response(BODILESS.has(status) ? null : new Uint8Array(body), {
        status,
        headers: kept(headers),
      });
    } finally {
      cancel();
      this.#requests -= 1;
    }
  }

  /** Breaks what is under way: nothing waits for it any more. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #dispatch({ method, url, headers, body }: HttpRequest, reply: WholeReply): void {
    const { origin, pathname, search } = new URL(url);
    const options = { origin, path: pathname + search, method, headers: { ...headers } };
    this.#agent.dispatch({ ...options, body: body ?? null }, reply);
  }
}

/**
 * Without `WWW-Authenticate`, in which oauth4webapi sees a challenge of another kind, and so drops
 * the OAuth error that is in the body.
 */
function kept(headers: Awaited<WholeReply['whole']>['headers']): Headers {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'www-authenticate' || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) all.append(name, one);
  }
  return all;
}
