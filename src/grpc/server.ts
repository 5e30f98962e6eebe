import { performServerHandshake } from 'node:http2';
import type { Duplex } from 'node:stream';
import { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { Alerts } from '../domain/alerts.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import type { TokenVault } from '../service/token-vault.ts';
import { seesCallStreams } from './call-stream-check.ts';
import { CallerAdmission } from './caller-admission.ts';
import type { CallerPolicy } from './caller-policy.ts';
import type { CertificateRules } from './callers/certificate-caller.ts';
import { CertificateCallers } from './callers/certificate-callers.ts';
import { CallsInFlight } from './calls-in-flight.ts';
import { guardedConnections } from './guarded-connections.ts';
import { type Listener, listen } from './listener.ts';
import { Refusals } from './refusals.ts';
import type { ServerTls } from './server-tls.ts';
import { TOKEN_VAULT_DEFINITION, tokenVaultHandlers } from './token-vault-service.ts';
import { DEFAULT_GRPC_LIMITS, type GrpcLimits, TRANSPORT_LIMITS } from './transport-limits.ts';
import { UnservedCalls } from './unserved-calls.ts';

export interface GrpcServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly tls: ServerTls;
  readonly callers: CertificateRules;
  /** Default: DEFAULT_GRPC_LIMITS. */
  readonly limits?: GrpcLimits;
  /** Serves reflection. Default: no. */
  readonly reflection?: boolean;
}

export interface GrpcServerDeps {
  readonly tokenVault: TokenVault;
  readonly policy: CallerPolicy;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
}

export interface GrpcServer {
  readonly port: number;
  /** For the connections that come from now on. @throws StartupProblems, and nothing is changed */
  setTls(tls: ServerTls): void;
  /** What the health service says, overall and for TokenVault. It begins with NOT_SERVING. */
  setServing(on: boolean): void;
  /** Takes no new calls and waits up to `graceMs` for those that run; then cuts them off. */
  stop(graceMs: number): Promise<void>;
}

/** Names that the health service knows; the empty one stands for the whole server. */
const HEALTH_NAMES = ['', 'tokenvault.v1.TokenVault'];

/** Time for the last answers to leave the sockets. */
const FLUSH_MS = 250;

function channelOptions(limits: GrpcLimits) {
  return {
    // Its statistics, which nobody reads here, cost a twentieth of the throughput.
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': limits.messageBytes,
    'grpc.max_concurrent_streams': limits.streamsPerConnection,
    'grpc.max_connection_age_ms': limits.connectionAgeMs,
    'grpc.max_connection_age_grace_ms': limits.connectionAgeGraceMs,
    'grpc-node.max_session_memory': TRANSPORT_LIMITS.connectionMegabytes,
  };
}

/** @throws StartupProblems when the certificates do not fit or the address cannot be had */
export async function startGrpcServer(
  options: GrpcServerOptions,
  deps: GrpcServerDeps,
): Promise<GrpcServer> {
  const { address, tls, limits = DEFAULT_GRPC_LIMITS } = options;
  const server = new Server(channelOptions(limits));
  const identities = new CertificateCallers(options.callers, deps);
  const admission = new CallerAdmission(deps.policy, limits, deps.clock);
  const calls = new CallsInFlight(limits.callsInFlight);
  const alerts = new Alerts(deps.logger, deps.metrics);
  const unserved = (await seesCallStreams()) ? new UnservedCalls(deps) : undefined;
  if (unserved === undefined) alerts.raise('grpc_internals_missing', { missing: 'call stream' });
  const parts = { ...deps, limits, identities, admission, calls, alerts, unserved };
  server.addService(TOKEN_VAULT_DEFINITION, tokenVaultHandlers(parts));

  const health = new HealthImplementation();
  health.addToServer(server);
  const setServing = (on: boolean) => {
    for (const name of HEALTH_NAMES) health.setStatus(name, on ? 'SERVING' : 'NOT_SERVING');
  };
  setServing(false);

  if (options.reflection === true) {
    // Loaded here, because it parses the contract anew, which nobody else needs.
    const { addReflection } = await import('./reflection.ts');
    addReflection(server, deps);
  }
  const refusals = new Refusals(deps);
  const connections = guardedConnections(server, { ...parts, refusals });
  const { handshakeMs } = TRANSPORT_LIMITS;
  let stopping: Promise<void> | undefined;
  const listener = await listen(
    { address, tls, maxConnections: limits.connections, handshakeMs, refusals },
    (socket) => (stopping === undefined ? connections.injectConnection(socket) : turnAway(socket)),
  );
  const stop = (graceMs: number) => {
    setServing(false);
    stopping ??= drain({ ...deps, server, listener, calls }, graceMs);
    return stopping;
  };
  return { port: listener.port, setTls: listener.setTls, setServing, stop };
}

/**
 * Asks a client to go elsewhere whose handshake the stop has overtaken. grpc-js no longer would, and
 * its calls would be cut off; so they are refused as not seen, and any client sends them again.
 */
function turnAway(socket: Duplex): void {
  const session = performServerHandshake(socket);
  session.on('error', () => undefined); // a client that is gone need not be told
  session.close();
}

interface Draining {
  readonly server: Server;
  readonly listener: Listener;
  readonly calls: CallsInFlight;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * A connection ends when its streams have ended, and that of a `Health.Watch` never does. So once no
 * call of ours is left and the last answers had time to leave, the rest is cut off.
 */
async function drain(draining: Draining, graceMs: number): Promise<void> {
  const { server, listener, calls, clock, logger } = draining;
  const done = new AbortController();
  const answered = async () => {
    do {
      await calls.whenIdle();
      await sleep(clock, FLUSH_MS, done.signal);
    } while (calls.count > 0 && !done.signal.aborted);
  };
  const left = listener.close();
  // Asks clients to go elsewhere. Its callback waits for nothing where connections are injected.
  server.tryShutdown(() => undefined);
  await Promise.race([left, answered(), sleep(clock, graceMs, done.signal)]);
  done.abort();
  if (calls.count > 0) logger.warn('calls_cut_off', { calls: calls.count });
  listener.cutOff();
}
