import { connect, type TokenVaultConnection } from '../client/connect.ts';
import { certificatesOfGateway, refuseExpired } from '../config/certificate-terms.ts';
import type { GatewayConfig } from '../config/config-sections.ts';
import type { GatewaySection } from '../config/gateway-section.ts';
import type { LiveConfig } from '../config/live-config.ts';
import { samePair, type TlsPair } from '../config/tls-keys.ts';
import { Alerts } from '../domain/alerts.ts';
import { NO_METRICS } from '../domain/metrics.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import { type AdjustableLogger, createLogger } from '../observability/pino-logger.ts';
import { EndedByError, processEnd } from '../observability/process-end.ts';
import { systemClock } from '../observability/system-clock.ts';
import { systemRandom } from '../observability/system-random.ts';
import { watchFolder } from '../observability/watch-folder.ts';
import { type Gateway, startGateway } from './server.ts';

/**
 * Runs the gateway until `signals` (the process) emits SIGTERM or SIGINT, or an error that nobody
 * caught; then it lets requests under way end. A second signal ends the process at once. SIGHUP looks
 * at once at the configuration, which is followed in any case.
 * @throws StartupProblems; EndedByError
 */
export async function runGateway(live: LiveConfig<GatewayConfig>, signals: NodeJS.EventEmitter) {
  const config = live.value;
  const { address, tls, tokenVault } = config.gateway;
  refuseExpired(certificatesOfGateway(config), systemClock.now());
  const logger = createLogger({ level: config.log.level });
  signals.on('SIGHUP', () => void live.lookNow());
  const endAtOnce = () => process.exit(1);
  const ended = processEnd({ signals, clock: systemClock, endAtOnce, logger });
  const connection = connectTo(tokenVault);
  const gateway = await startGateway(
    { address, tls: { cert: tls.cert, key: tls.key.reveal() } },
    { connection, logger, clock: systemClock, random: systemRandom },
  );
  logger.info('gateway_listening', { address, port: gateway.port });
  followConfig(live, { gateway, logger });
  const end = await ended;
  live.stop();
  logger.info(
    'gateway_stopping',
    end.kind === 'signal' ? { signal: end.signal } : { cause: end.kind },
  );
  await gateway.stop();
  connection.close();
  logger.info('gateway_stopped');
  if (end.kind === 'uncaught_error') throw new EndedByError();
}

interface Running {
  readonly gateway: Gateway;
  readonly logger: AdjustableLogger;
}

function followConfig(live: LiveConfig<GatewayConfig>, { gateway, logger }: Running): void {
  const alerts = new Alerts(logger, NO_METRICS);
  const ports = { clock: systemClock, logger, alerts, metrics: NO_METRICS, watchFolder };
  let inUse: TlsPair = live.value.gateway.tls;
  live.follow(ports, ({ gateway: { tls }, log }) => {
    if (!samePair(inUse, tls)) {
      refuseExpired({ 'gateway.tls.cert_file': tls.cert }, systemClock.now());
      gateway.setTls({ cert: tls.cert, key: tls.key.reveal() });
      inUse = tls;
    }
    logger.setLevel(log.level);
  });
}

function connectTo(tokenVault: GatewaySection['tokenVault']): TokenVaultConnection {
  try {
    return connect({ ...tokenVault, keyPem: tokenVault.keyPem.reveal() });
  } catch {
    // The certificates were checked with the configuration, so only the address can be at fault.
    throw new StartupProblems([
      'gateway.token_vault_address is an IP address: name the host, or set gateway.server_name to a name in the certificate of TokenVault.',
    ]);
  }
}
