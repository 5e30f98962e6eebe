import { buildConnector, type Dispatcher, Pool } from 'undici';
import { Places } from '../concurrency/places.ts';
import { within } from '../concurrency/within.ts';
import type { Clock } from '../domain/clock.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Secret } from '../domain/secret.ts';
import type { Traces } from '../domain/traces.ts';
import { clockOffsetMs } from './clock-offset.ts';
import { VaultFault, vaultFaultOf } from './vault-fault.ts';
import { vaultOperation } from './vault-operation.ts';

/** One answer of Vault, whatever its status. */
export interface VaultReply {
  readonly status: number;
  /** Parsed JSON; `undefined` for an empty body and for one that is not JSON. */
  readonly body: unknown;
  /** Vault's clock from the `Date` header, milliseconds since the epoch, in whole seconds. */
  readonly date?: number;
}

/** How the two ends of a connection know each other. */
export interface VaultTls {
  /** Replaces the machine's certificate authorities. */
  readonly caPem?: string | undefined;
  /** Who we are, for a Vault that asks. */
  readonly client?: { readonly cert: string; readonly key: Secret } | undefined;
  /** The name that the certificate has to have. Default: that of the address. */
  readonly serverName?: string | undefined;
  /** Takes any certificate, so that anybody in between reads and changes everything. */
  readonly skipVerify?: boolean | undefined;
}

export interface VaultClientOptions {
  /** `https://vault.example:8200`; plain HTTP is for loopback only, which the configuration checks. */
  readonly address: string;
  /** Asked for each request, so that another token is used at once; undefined shows none. */
  readonly token: () => Secret | undefined;
  readonly namespace?: string;
  /** Asked for each connection. */
  readonly tls?: () => VaultTls;
  /** For one whole request, from waiting for a connection to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly metrics: Metrics;
  readonly traces?: Traces | undefined;
  readonly clock: Clock;
}

/** What `vault-client.ts` and node-vault pass on of one request. */
export interface VaultRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Begins with `/` and has no API version. */
  readonly path: string;
  readonly json?: unknown;
  /** A longer answer is a fault. Default: 1 MiB, Vault's own limit for a record. */
  readonly maxBodyBytes?: number;
}

/** Carries requests to one address: a `VaultTransport`, or a simulated network. */
export interface VaultWire {
  /** @throws VaultFault when no whole answer came */
  send(request: VaultRequest): Promise<VaultReply>;
  /** Waits for requests under way, then closes the connections. */
  close(): Promise<void>;
}

/** Requests under way at a time, each on a connection of its own. */
export const VAULT_CONNECTIONS = 32;
/** Requests that wait for a connection; further ones are refused. Vault takes so many in a second. */
const MAX_WAITING = 1_000;
const KEEP_ALIVE_MS = 60_000;
const MAX_BODY_BYTES = 1024 * 1024;

/** Vault serves these in the root namespace alone. */
const ROOT_NAMESPACE_ONLY = /^\/sys\/(health|leader|init|seal|unseal|seal-status|step-down)\b/;

/**
 * HTTP to one address of Vault over kept-alive connections. It follows no redirect, because the
 * token would travel along, and retries nothing.
 */
export class VaultTransport implements VaultWire {
  readonly #options: VaultClientOptions;
  readonly #pool: Pool;
  readonly #prefix: string;
  /**
   * The line for a connection is ours. In undici's, a request that was given up comes to its turn all
   * the same, and ends the connection that it gets.
   */
  readonly #places: Places;

  constructor(options: VaultClientOptions) {
    const url = new URL(options.address);
    this.#options = options;
    this.#prefix = `${url.pathname.replace(/\/$/, '')}/v1`;
    this.#places = new Places({ places: VAULT_CONNECTIONS, waiting: MAX_WAITING }, options.clock);
    this.#pool = new Pool(url.origin, {
      connections: VAULT_CONNECTIONS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      pipelining: 1,
      connect: connector(options),
    });
  }

  async send(request: VaultRequest): Promise<VaultReply> {
    const { clock, metrics, traces, timeoutMs } = this.#options;
    const begun = clock.monotonic();
    const begunAt = clock.now();
    let outcome = 'transport';
    try {
      if (!(await this.#places.take(timeoutMs))) {
        throw new VaultFault({ sent: false, code: 'NO_CONNECTION_FREE' });
      }
      const reply = await this.#withConnection(request, begun + timeoutMs - clock.monotonic());
      outcome = `${Math.floor(reply.status / 100)}xx`;
      this.#compareClocks(begunAt, reply);
      return reply;
    } catch (error) {
      const fault = vaultFaultOf(error);
      if (fault.code === 'TIMEOUT') outcome = 'timeout';
      throw fault;
    } finally {
      const seconds = (clock.monotonic() - begun) / 1000;
      metrics.observe('tokenvault_upstream_seconds', seconds, { target: 'vault', outcome });
      traces?.note({ target: 'vault', operation: vaultOperation(request), outcome, seconds });
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #compareClocks(begunAt: number, { date }: VaultReply): void {
    if (date === undefined) return;
    const { clock, metrics } = this.#options;
    const offsetMs = clockOffsetMs({ begunAt, endedAt: clock.now(), date });
    metrics.set('tokenvault_clock_offset_seconds', offsetMs / 1_000, { against: 'vault' });
  }

  /** Has the place that a connection needs until undici has let go of it. */
  #withConnection(request: VaultRequest, timeoutMs: number): Promise<VaultReply> {
    const abort = new AbortController();
    // undici obeys the signal only once it has a connection.
    const onTimeout = () => {
      abort.abort();
      return new VaultFault({ sent: true, code: 'TIMEOUT' });
    };
    const work = this.#exchange(request, abort.signal).finally(() => this.#places.giveBack());
    return within(this.#options.clock, timeoutMs, { work, onTimeout });
  }

  async #exchange(request: VaultRequest, signal: AbortSignal): Promise<VaultReply> {
    const body = request.json === undefined ? null : JSON.stringify(request.json);
    const response = await this.#pool.request({
      method: request.method,
      path: `${this.#prefix}${request.path}`,
      headers: this.#headers(request.path, body !== null),
      body,
      signal,
    });
    const text = await readBounded(response.body, request.maxBodyBytes ?? MAX_BODY_BYTES);
    const date = Date.parse(String(response.headers.date));
    return {
      status: response.statusCode,
      body: parseJson(text),
      ...(Number.isNaN(date) ? {} : { date }),
    };
  }

  #headers(path: string, hasBody: boolean): Record<string, string> {
    const { namespace } = this.#options;
    const token = this.#options.token();
    return {
      ...(token === undefined ? {} : { 'X-Vault-Token': token.reveal() }),
      // Agents and proxies can demand it, against requests that a browser was talked into.
      'X-Vault-Request': 'true',
      ...(hasBody ? { 'Content-Type': 'application/json' } : {}),
      ...(namespace === undefined || namespace === '' || ROOT_NAMESPACE_ONLY.test(path)
        ? {}
        : { 'X-Vault-Namespace': namespace }),
    };
  }
}

/** Made anew when the certificates are others: connections that are open keep theirs. */
function connector({ tls = () => ({}), timeoutMs }: VaultClientOptions): buildConnector.connector {
  let made: { readonly of: VaultTls; readonly connect: buildConnector.connector } | undefined;
  return (options, callback) => {
    const of = tls();
    if (made?.of !== of) made = { of, connect: buildConnector(connectorOptions(of, timeoutMs)) };
    made.connect(options, callback);
  };
}

function connectorOptions(
  { caPem, client, serverName, skipVerify }: VaultTls,
  timeout: number,
): buildConnector.BuildOptions {
  return {
    timeout,
    // Over HTTP/2 undici sends a refused POST again, and keeps to a connection that is dead.
    allowH2: false,
    ...(caPem === undefined ? {} : { ca: caPem }),
    ...(client === undefined ? {} : { cert: client.cert, key: client.key.reveal() }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(skipVerify === true ? { rejectUnauthorized: false } : {}),
  };
}

async function readBounded(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the body and, with it, the connection.
    if (size > maxBytes) throw new VaultFault({ sent: true, code: 'BODY_TOO_LARGE' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, or nothing: the status alone decides, and no text of others is kept.
    return undefined;
  }
}
