import { HealthImplementation } from 'grpc-health-check';
import { Alerts } from '../domain/alerts.ts';
import type { AuditLog } from '../domain/audit.ts';
import type { CallerTokens } from '../domain/caller-tokens.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import type { Traces } from '../domain/traces.ts';
import type { TokenVault } from '../service/token-vault.ts';
import { seesCallStreams } from './call-stream-check.ts';
import { CallerAdmission } from './caller-admission.ts';
import type { CallerPolicy } from './caller-policy.ts';
import type { CertificateRules } from './callers/certificate-caller.ts';
import { CertificateCallers } from './callers/certificate-callers.ts';
import { TokenCallers } from './callers/token-callers.ts';
import { CallsInFlight } from './calls-in-flight.ts';
import { openPort, type Port } from './port.ts';
import { Refusals } from './refusals.ts';
import type { MutualTls, ServerTls } from './server-tls.ts';
import { DEFAULT_GRPC_LIMITS, type GrpcLimits } from './transport-limits.ts';
import { UnservedCalls } from './unserved-calls.ts';

export interface GrpcServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly tls: MutualTls;
  readonly callers: CertificateRules;
  /** A second port, whose callers bring tokens and no certificates. Default: none. */
  readonly forTokens?: TokenPortOptions | undefined;
  /** Default: DEFAULT_GRPC_LIMITS. */
  readonly limits?: GrpcLimits;
  /** Serves reflection. Default: no. */
  readonly reflection?: boolean;
}

export interface TokenPortOptions {
  readonly address: string;
  readonly tls: ServerTls;
  readonly callers: CallerTokens;
}

export interface GrpcServerDeps {
  readonly tokenVault: TokenVault;
  readonly policy: CallerPolicy;
  readonly audit: AuditLog;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  /** Default: none are left. */
  readonly traces?: Traces | undefined;
}

export interface GrpcServer extends Pick<Port<MutualTls>, 'port' | 'setTls'> {
  /** The second port, where there is one. */
  readonly forTokens: Pick<Port<ServerTls>, 'port' | 'setTls'> | undefined;
  /** What the health service says, overall and for each service. It begins with NOT_SERVING. */
  setServing(on: boolean): void;
  /** Takes no new calls and waits up to `graceMs` for those that run; then cuts them off. */
  stop(graceMs: number): Promise<void>;
}

/** Names that the health service knows; the empty one stands for the whole server. */
const HEALTH_NAMES = ['', 'tokenvault.v1.TokenVault', 'tokenvault.admin.v1.TokenVaultAdmin'];

/** Time for the last answers to leave the sockets. */
const FLUSH_MS = 250;

/** @throws StartupProblems when the certificates do not fit or an address cannot be had */
export async function startGrpcServer(
  options: GrpcServerOptions,
  deps: GrpcServerDeps,
): Promise<GrpcServer> {
  const { forTokens, limits = DEFAULT_GRPC_LIMITS, reflection = false } = options;
  const admission = new CallerAdmission(deps.policy, limits, deps.clock);
  const calls = new CallsInFlight(limits.callsInFlight);
  const alerts = new Alerts(deps.logger, deps.metrics);
  const unserved = (await seesCallStreams()) ? new UnservedCalls(deps) : undefined;
  if (unserved === undefined) alerts.raise('grpc_internals_missing', { missing: 'call stream' });
  const health = new HealthImplementation();
  const setServing = (on: boolean) => {
    for (const name of HEALTH_NAMES) health.setStatus(name, on ? 'SERVING' : 'NOT_SERVING');
  };
  setServing(false);

  const refusals = new Refusals(deps);
  const parts = { ...deps, limits, admission, calls, alerts, unserved, health, refusals };
  const identities = new CertificateCallers(options.callers, deps);
  const first = await openPort({ ...options, reflection }, { ...parts, identities });
  const ports: Port<never>[] = [first];
  let tokenPort: Port<ServerTls> | undefined;
  if (forTokens !== undefined) {
    const tokenCallers = new TokenCallers(forTokens.callers, deps);
    const opening = openPort({ ...forTokens, reflection }, { ...parts, identities: tokenCallers });
    tokenPort = await opening.catch((error) => {
      void first.close();
      first.cutOff();
      throw error;
    });
    ports.push(tokenPort);
  }
  let stopping: Promise<void> | undefined;
  const stop = (graceMs: number) => {
    setServing(false);
    stopping ??= drain({ ...deps, ports, calls }, graceMs);
    return stopping;
  };
  return { port: first.port, setTls: first.setTls, forTokens: tokenPort, setServing, stop };
}

interface Draining {
  readonly ports: readonly Port<never>[];
  readonly calls: CallsInFlight;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * A connection ends when its streams have ended, and that of a `Health.Watch` never does. So once no
 * call of ours is left and the last answers had time to leave, the rest is cut off. A call whose
 * client is gone is waited for as well: what it does is still to be written down.
 */
async function drain({ ports, calls, clock, logger }: Draining, graceMs: number): Promise<void> {
  const done = new AbortController();
  const answered = async () => {
    do {
      await calls.whenIdle();
      await sleep(clock, FLUSH_MS, done.signal);
    } while (calls.count > 0 && !done.signal.aborted);
  };
  const left = Promise.all(ports.map((port) => port.close())).then(() => calls.whenIdle());
  await Promise.race([left, answered(), sleep(clock, graceMs, done.signal)]);
  done.abort();
  if (calls.count > 0) logger.warn('calls_cut_off', { calls: calls.count });
  for (const port of ports) port.cutOff();
}
