import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { splitHostPort } from '../domain/host-port.ts';
import type { Logger } from '../domain/logger.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import { unexpectedErrorFields } from '../domain/unexpected-error.ts';
import { type ReadinessReport, takesCalls } from './readiness.ts';

/** Scrapers and probes are few; further connections are closed as they come. */
const MAX_CONNECTIONS = 64;
/** For the head of a request, and for a connection without one. */
const REQUEST_TIMEOUT_MS = 5_000;
const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: REQUEST_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: REQUEST_TIMEOUT_MS,
  connectionsCheckingInterval: 1_000,
};

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

export interface OpsServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** The key that the address is configured by. Default: `ops.address`. */
  readonly key?: string;
}

/** Where the answers come from. Each is asked for every request; none may wait for anybody outside. */
export interface OpsServerDeps {
  readonly readiness: { report(): ReadinessReport };
  readonly metrics: { text(): Promise<string> };
  readonly logger: Logger;
}

export interface OpsServer {
  readonly port: number;
  /** Ends all connections at once: nobody loses anything by it. */
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const ALIVE: Answer = { status: 200, type: TEXT, body: 'ok\n' };
const NOT_FOUND: Answer = { status: 404, type: TEXT, body: 'Try /livez, /readyz or /metrics.\n' };
const ONLY_GET: Answer = { status: 405, type: TEXT, body: 'Only GET and HEAD are answered.\n' };
const BROKEN: Answer = { status: 500, type: TEXT, body: 'An unexpected error happened.\n' };

/**
 * Plain HTTP for probes and scrapers: `/livez` says that the process works, whatever it depends on,
 * `/readyz` whether calls should be sent here and what fails, `/metrics` what it has counted.
 * @throws StartupProblems when the address cannot be had
 */
export async function startOpsServer(
  options: OpsServerOptions,
  deps: OpsServerDeps,
): Promise<OpsServer> {
  const server = createServer(LIMITS, (request, response) => {
    answer(request, deps)
      .catch((error: unknown) => {
        deps.logger.error('ops_request_failed', unexpectedErrorFields(error));
        return BROKEN;
      })
      .then((given) => write(given, request, response));
  });
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listen(server, options);
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, stop };
}

async function answer({ method, url = '' }: IncomingMessage, deps: OpsServerDeps): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return ONLY_GET;
  const [path] = url.split('?', 1);
  switch (path) {
    case '/livez':
      return ALIVE;
    case '/readyz':
      return readiness(deps.readiness.report());
    case '/metrics':
      return { status: 200, type: PROMETHEUS, body: await deps.metrics.text() };
    default:
      return NOT_FOUND;
  }
}

function readiness(report: ReadinessReport): Answer {
  const status = takesCalls(report.state) ? 200 : 503;
  return { status, type: JSON_TYPE, body: `${JSON.stringify(report)}\n` };
}

function write(
  { status, type, body }: Answer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    // A body that nobody asked for is not read to its end.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function listen(
  server: Server,
  { address, key = 'ops.address' }: OpsServerOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    // Once the port is open, an error is a connection that could not be accepted: its client sees it.
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        new StartupProblems([
          `The ops address ${address} cannot be opened (${error.code}): free it, or choose another ${key}.`,
        ]),
      ),
    );
    server.listen(splitHostPort(address), () => {
      const bound = server.address();
      if (bound === null || typeof bound === 'string') throw new Error('A TCP port has a number.');
      resolve(bound.port);
    });
  });
}
