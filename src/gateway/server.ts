import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import Fastify, { type FastifyInstance } from 'fastify';
import type { TokenVaultConnection } from '../client/connect.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { splitHostPort } from '../domain/host-port.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import { requestIdFrom } from '../domain/request-id.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import type { Traces } from '../domain/traces.ts';
import { answerErrors, markAnswer, recordAnswers } from './answer.ts';
import { CodeAdmission } from './code-admission.ts';
import { answerBrokenConnection } from './connection-error.ts';
import { ConnectionsByAddress } from './connections-by-address.ts';
import type { EdgeRules } from './edge-rules.ts';
import { exchangeRoute } from './exchange-route.ts';
import {
  KEEP_ALIVE_MS,
  MAX_BODY_BYTES,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  REQUEST_TIMEOUT_MS,
  SHARE_OF_ADDRESS,
  STOP_GRACE_MS,
} from './limits.ts';
import { answerPreflight } from './origins.ts';
import { CODE_PATH, guardRequest, HEALTH_PATH } from './request-guard.ts';
import { beginSpan } from './request-spans.ts';
import { RIGHTS_CHECK } from './rights-check.ts';

export interface GatewayOptions {
  /** `host:port` to listen on; port 0 takes a free one. */
  readonly address: string;
  /** PEM. The certificate carries the public name of the gateway. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** How long the head and the body of a request may take. Default: 10 s. */
  readonly requestTimeoutMs?: number;
  /** Connections held at once; more are closed as they come. Default: 10 000. */
  readonly maxConnections?: number;
  /** The alias of the OAuth client that codes are for. Default: TokenVault's own. */
  readonly oauthClient?: string;
  /** What it lets in at first. Default: no page of others, as much as comes, without a login. */
  readonly rules?: EdgeRules;
}

/** Adds paths. Bodies arrive as bytes; whatever holds for each request holds for theirs. */
export type MoreRoutes = (app: FastifyInstance<Server>) => void;

const OPEN: EdgeRules = {
  corsOrigins: [],
  trustedProxies: [],
  rateLimits: { perAddressPerMinute: 0, perSessionPerMinute: 0 },
};

export interface GatewayDeps {
  readonly connection: Pick<TokenVaultConnection, 'exchangeCode'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  /** Default: none are left. */
  readonly traces?: Traces | undefined;
  /** Served beside the gateway's own paths. Default: none. */
  readonly moreRoutes?: MoreRoutes | undefined;
}

export interface Gateway {
  readonly port: number;
  /**
   * Gives what then puts it in use, for the connections that come from there on.
   * @throws StartupProblems, and nothing is changed
   */
  proveTls(tls: GatewayOptions['tls']): () => void;
  /** For the requests that come from now on. */
  setRules(rules: EdgeRules): void;
  /** Takes no more connections, lets requests under way end (at most 40 s), then closes. */
  stop(): Promise<void>;
}

/**
 * Starts the public edge, HTTPS only.
 * @throws StartupProblems when the certificate does not fit its key or the address cannot be had
 */
export async function startGateway(options: GatewayOptions, deps: GatewayDeps): Promise<Gateway> {
  const admission = new CodeAdmission(options.rules ?? OPEN, deps);
  const app = createApp(options, deps, admission);
  const { server } = app;
  const { maxConnections = MAX_CONNECTIONS } = options;
  server.maxConnections = maxConnections;
  const connections = new ConnectionsByAddress({
    most: Math.ceil(maxConnections * SHARE_OF_ADDRESS),
    isExempt: (address) => admission.isManyClients(address),
    refused: () =>
      deps.metrics.count('tokenvault_gateway_rate_limited_total', { limit: 'connections' }),
  });
  server.on('connection', (socket) => connections.admit(socket));
  // An `Expect` that means nothing here is passed over; Node's own refusal could be cached.
  server.on('checkExpectation', (request, response) => app.routing(request, response));
  await listen(app, options.address);
  const stop = async () => {
    const finished = new AbortController();
    // A connection that never ends its request would otherwise hold the process for ever.
    void sleep(deps.clock, STOP_GRACE_MS, finished.signal).then(() => server.closeAllConnections());
    await app.close();
    finished.abort();
  };
  const proveTls = (tls: GatewayOptions['tls']) => {
    const proven = httpsOptions({ ...options, tls });
    return () => server.setSecureContext(proven);
  };
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return { port, proveTls, setRules: (rules) => admission.setRules(rules), stop };
}

async function listen(app: ReturnType<typeof createApp>, address: string): Promise<void> {
  try {
    await app.listen(splitHostPort(address));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const problem =
      code === 'EADDRINUSE'
        ? 'is in use: stop the other process, or choose another port'
        : `cannot be opened (${code}): choose an address of this machine and a port that is allowed`;
    throw new StartupProblems([`The gateway address ${address} ${problem}.`]);
  }
}

function createApp(options: GatewayOptions, deps: GatewayDeps, admission: CodeAdmission) {
  const { connection, logger, random, traces } = deps;
  const answer = answerErrors(logger);
  const answered = new WeakSet<Socket>();
  // A request of which the rest never came is on record as what its connection was told.
  const record = recordAnswers(deps, ({ raw }) => !raw.complete && answered.has(raw.socket));
  const app = Fastify({
    https: httpsOptions(options),
    bodyLimit: MAX_BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: arrivalTimes(options).within,
    return503OnClosing: false,
    genReqId: (request) => idOf(request.headers['x-request-id'], random),
    clientErrorHandler: (error, socket) => {
      if (answerBrokenConnection(error, socket, deps)) answered.add(socket);
    },
    frameworkErrors: (error, request, reply) => {
      answer(error, request, reply);
      record(request, reply);
    },
  });
  app.decorateReply('problemReason', '');
  app.decorateReply('problemCause', undefined);
  app.decorateRequest('login', undefined);
  app.decorateRequest('span', undefined);
  app.removeAllContentTypeParsers();
  // The guard has let no other type through; the bytes are read by our own stricter parser.
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => body,
  );
  app.addHook('onRequest', async (request, reply) => {
    if (traces !== undefined) request.span = beginSpan(request, traces);
    markAnswer(request, reply);
    guardRequest(request, reply);
    if (request.routeOptions.url === CODE_PATH) await admission.admit(request, reply);
  });
  app.addHook('onResponse', async (request, reply) => record(request, reply));
  app.addHook('onSend', async (request, reply) => {
    // To an app that went away no response is ever finished.
    if (reply.raw.destroyed) record(request, reply);
    else reply.raw.once('close', () => record(request, reply));
  });
  app.setErrorHandler(answer);
  const exchange = exchangeRoute(connection, options.oauthClient);
  // What is returned for an app that went away is dropped before any hook sees it.
  app.post(CODE_PATH, async (request, reply) => reply.send(await exchange(request)));
  app.options(CODE_PATH, answerPreflight);
  app.get(HEALTH_PATH, async () => ({ status: 'ok' }));
  deps.moreRoutes?.(app);
  return app;
}

/** Nobody's request may pass for the gateway's own: its id excuses calls in TokenVault's audit. */
function idOf(sent: unknown, random: Random): string {
  return sent === RIGHTS_CHECK ? random.id() : requestIdFrom(sent, random);
}

/** Late connections are looked for now and then; so the limit is less, and holds all the same. */
function arrivalTimes({ requestTimeoutMs = REQUEST_TIMEOUT_MS }: GatewayOptions) {
  const lookEvery = Math.min(1_000, Math.ceil(requestTimeoutMs / 10));
  return { lookEvery, within: requestTimeoutMs - lookEvery };
}

function httpsOptions(options: GatewayOptions) {
  const { tls, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const { lookEvery, within } = arrivalTimes(options);
  try {
    createSecureContext(tls);
  } catch {
    // OpenSSL's text is left out, because it speaks of a private key.
    throw new StartupProblems([
      'The gateway’s certificate and key cannot be used: each must be PEM, and the key must belong to the certificate.',
    ]);
  }
  return {
    cert: tls.cert,
    key: tls.key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: requestTimeoutMs,
    headersTimeout: within,
    connectionsCheckingInterval: lookEvery,
    maxHeaderSize: MAX_HEADER_BYTES,
    // The guard refuses a request without one, in the form that all refusals have.
    requireHostHeader: false,
    // A header that is sent twice then fails the check of its value, instead of hiding the second.
    joinDuplicateHeaders: true,
  } as const;
}
