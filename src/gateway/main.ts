import { isIP } from 'node:net';
import { connect, type TokenVaultConnection } from '../client/connect.ts';
import {
  certificatesOfGateway,
  changedFiles,
  refuseUnusable,
  setExpiryGauges,
} from '../config/certificate-terms.ts';
import type { GatewayConfig } from '../config/config-sections.ts';
import type { GatewaySection } from '../config/gateway-section.ts';
import type { LiveConfig } from '../config/live-config.ts';
import { type LoginJwtConfig, NO_USABLE_KEYS } from '../config/login-jwt-section.ts';
import { samePair } from '../config/tls-keys.ts';
import { Alerts } from '../domain/alerts.ts';
import { splitHostPort } from '../domain/host-port.ts';
import { NO_METRICS } from '../domain/metrics.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import type { IssuedTokensDeps } from '../jwt/issued-tokens.ts';
import { openTraces } from '../observability/open-traces.ts';
import { startOpsServer } from '../observability/ops-server.ts';
import { type AdjustableLogger, createLogger } from '../observability/pino-logger.ts';
import { EndedByError, processEnd } from '../observability/process-end.ts';
import { watchProcess } from '../observability/process-gauges.ts';
import { PrometheusMetrics } from '../observability/prometheus-metrics.ts';
import { Readiness } from '../observability/readiness.ts';
import { setDependencyGauges } from '../observability/status-gauges.ts';
import { systemClock } from '../observability/system-clock.ts';
import { systemRandom } from '../observability/system-random.ts';
import { watchFolder } from '../observability/watch-folder.ts';
import type { EdgeRules } from './edge-rules.ts';
import { ReplaceableConnection } from './replaceable-connection.ts';
import { type LoginTokens, ReplaceableLogin } from './replaceable-login.ts';
import { checkRights } from './rights-check.ts';
import { type Gateway, type GatewayDeps, startGateway } from './server.ts';
import { TokenVaultWatch } from './token-vault-watch.ts';

/** What still keeps the process alive so long after its end never lets it go. */
const LINGER_MS = 2_000;

/**
 * Runs the gateway until `signals` (the process) emits SIGTERM or SIGINT, or an error that nobody
 * caught; then it lets requests under way end. A second signal ends the process at once. The ops
 * listener answers from before the start to after the end. SIGHUP looks at once at the
 * configuration, which is followed in any case.
 * @throws StartupProblems; EndedByError
 */
export async function runGateway(live: LiveConfig<GatewayConfig>, signals: NodeJS.EventEmitter) {
  const config = live.value;
  const { opsAddress: address } = config.gateway;
  refuseUnusable(certificatesOfGateway(config), systemClock.now());
  const metrics = new PrometheusMetrics('gateway');
  const tracing = await openTraces(
    { ...config.traces, serviceName: 'tokenvault-gateway' },
    { clock: systemClock, random: systemRandom, metrics },
  );
  const { traces } = tracing;
  const logger = createLogger(config.log);
  const readiness = new Readiness();
  const deps = { clock: systemClock, random: systemRandom, logger, metrics, traces };
  signals.on('SIGHUP', () => void live.lookNow());
  const ended = processEnd({ ...deps, signals, endAtOnce: () => process.exit(1) });
  await using running = new AsyncDisposableStack();
  running.defer(() => tracing.close());
  running.defer(watchProcess(metrics));
  running.defer(() => live.stop());
  const ops = await startOpsServer({ address, key: 'gateway.ops_address' }, { ...deps, readiness });
  running.defer(() => ops.stop());
  logger.info('ops_listening', { address, port: ops.port });

  const connection = new ReplaceableConnection(connectTo(config.gateway.tokenVault), systemClock);
  running.defer(() => connection.close());
  const alerts = new Alerts(logger, metrics);
  const login = new ReplaceableLogin((options: LoginJwtConfig, why) =>
    openLogin(options, why === 'use' ? { ...deps, alerts } : untold()),
  );
  running.defer(() => login.close());
  await login.start(config.gateway.login);
  const gateway = await serve(config.gateway, { ...deps, connection, login });
  const stopping = new AbortController();
  running.defer(() => stopping.abort());
  const lookAtRights = () => void checkRights({ ...deps, connection }, stopping.signal);
  lookAtRights();
  followConfig(live, { ...deps, alerts, gateway, connection, login, lookAtRights });
  const watch = new TokenVaultWatch(connection, systemClock);
  metrics.beforeText(() => setDependencyGauges(watch.status(), ['token_vault'], metrics));
  metrics.beforeText(() =>
    setExpiryGauges(certificatesOfGateway(live.value), systemClock.now(), metrics),
  );
  readiness.serving(() => watch.status());
  const end = await ended;
  readiness.draining();
  const why = end.kind === 'signal' ? { signal: end.signal } : { cause: end.kind };
  logger.info('gateway_stopping', why);
  await gateway.stop();
  logger.info('gateway_stopped');
  if (end.kind === 'signal') return;
  // Unreferenced: it only meets a process that something broken keeps alive.
  setTimeout(() => process.exit(), LINGER_MS).unref();
  throw new EndedByError();
}

/** For a trial, whose outcome is told where it is asked for. */
function untold(): IssuedTokensDeps {
  const logger = createLogger({ level: 'silent' });
  const alerts = new Alerts(logger, NO_METRICS);
  return { clock: systemClock, logger, metrics: NO_METRICS, alerts };
}

/** jose is loaded where a login is configured alone. @throws StartupProblems */
async function openLogin(
  { issuer, jwks }: LoginJwtConfig,
  deps: IssuedTokensDeps,
): Promise<LoginTokens> {
  const { IssuedTokens } = await import('../jwt/issued-tokens.ts');
  // What comes of each is counted where the request is answered.
  const checked = () => undefined;
  if (jwks === undefined) return new IssuedTokens([issuer], { ...deps, checked });
  const { FixedKeys, keysIn } = await import('../jwt/fixed-keys.ts');
  const keys = keysIn(jwks);
  if (keys === undefined) throw new StartupProblems([NO_USABLE_KEYS]);
  return new IssuedTokens([issuer], { ...deps, checked, keysOf: () => new FixedKeys(keys) });
}

type Login = Pick<ReplaceableLogin<LoginJwtConfig>, 'inUse' | 'prove'>;

async function serve(
  section: GatewaySection,
  deps: GatewayDeps & { readonly login: Login },
): Promise<Gateway> {
  const { address, tls, oauthClient } = section;
  const pair = { cert: tls.cert, key: tls.key.reveal() };
  const rules = rulesOf(section, deps.login);
  const gateway = await startGateway({ address, tls: pair, oauthClient, rules }, deps);
  deps.logger.info('gateway_listening', { address, port: gateway.port });
  return gateway;
}

function rulesOf(section: GatewaySection, { inUse: login }: Login): EdgeRules {
  const { corsOrigins, trustedProxies, rateLimits } = section;
  return { corsOrigins, trustedProxies, rateLimits, login };
}

interface Followed {
  readonly gateway: Gateway;
  readonly connection: ReplaceableConnection;
  readonly logger: AdjustableLogger;
  readonly metrics: PrometheusMetrics;
  readonly alerts: Alerts;
  readonly login: Login;
  /** Another certificate may open more. */
  readonly lookAtRights: () => void;
}

function followConfig(live: LiveConfig<GatewayConfig>, followed: Followed): void {
  const { gateway, connection, logger, metrics, alerts, login, lookAtRights } = followed;
  const ports = { clock: systemClock, logger, alerts, metrics, watchFolder };
  const { tokenVault: started } = live.value.gateway;
  let inUse = live.value;
  live.follow(ports, async (next) => {
    const { tls, tokenVault } = next.gateway;
    const files = changedFiles(certificatesOfGateway(next), certificatesOfGateway(inUse));
    refuseUnusable(files, systemClock.now());
    // All is proven before anything is taken: what is refused must have changed nothing.
    const takeTls = samePair(inUse.gateway.tls, tls)
      ? undefined
      : gateway.proveTls({ cert: tls.cert, key: tls.key.reveal() });
    const { caPem, certPem, keyPem } = tokenVault;
    // Another address needs a restart.
    const way = sameIdentity(inUse.gateway.tokenVault, tokenVault)
      ? undefined
      : connectTo({ ...started, caPem, certPem, keyPem });
    if (way !== undefined) await connection.prove(way);
    const takeLogin = await proven(() => login.prove(next.gateway.login), way);
    takeTls?.();
    if (way !== undefined) {
      connection.take(way);
      lookAtRights();
    }
    takeLogin();
    gateway.setRules(rulesOf(next.gateway, login));
    inUse = next;
    logger.setLevel(next.log.level);
  });
}

/** Closes `way`, which is not taken then, where something else is not proven. */
async function proven<Take>(
  prove: () => Promise<Take>,
  way: TokenVaultConnection | undefined,
): Promise<Take> {
  try {
    return await prove();
  } catch (error) {
    way?.close();
    throw error;
  }
}

type TokenVaultSection = GatewaySection['tokenVault'];

function sameIdentity(one: TokenVaultSection, other: TokenVaultSection): boolean {
  const sameKey = one.keyPem.equals(other.keyPem);
  return sameKey && one.caPem === other.caPem && one.certPem === other.certPem;
}

function connectTo(tokenVault: TokenVaultSection): TokenVaultConnection {
  try {
    const { addresses, keyPem } = tokenVault;
    return connect({ ...tokenVault, address: addresses.join(','), keyPem: keyPem.reveal() });
  } catch {
    // The certificates were checked with the configuration, so only an address can be at fault.
    const bare = tokenVault.addresses.filter((each) => isIP(splitHostPort(each).host) !== 0);
    throw new StartupProblems([
      `gateway.token_vault_address has an IP address (${bare.join(', ')}): name the host, or set gateway.server_name to a name in the certificate of TokenVault.`,
    ]);
  }
}
