import { connect, type TokenVaultConnection } from '../client/connect.ts';
import type { GatewayConfig } from '../config/config-sections.ts';
import type { GatewaySection } from '../config/gateway-section.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import { createLogger } from '../observability/pino-logger.ts';
import { EndedByError, processEnd } from '../observability/process-end.ts';
import { systemClock } from '../observability/system-clock.ts';
import { systemRandom } from '../observability/system-random.ts';
import { startGateway } from './server.ts';

/**
 * Runs the gateway until `signals` (the process) emits SIGTERM or SIGINT, or an error that nobody
 * caught; then it lets requests under way end. A second signal ends the process at once.
 * @throws StartupProblems; EndedByError
 */
export async function runGateway(config: GatewayConfig, signals: NodeJS.EventEmitter) {
  const { address, tls, tokenVault } = config.gateway;
  const logger = createLogger({ level: config.log.level });
  const endAtOnce = () => process.exit(1);
  const ended = processEnd({ signals, clock: systemClock, endAtOnce, logger });
  const connection = connectTo(tokenVault);
  const gateway = await startGateway(
    { address, tls: { cert: tls.cert, key: tls.key.reveal() } },
    { connection, logger, clock: systemClock, random: systemRandom },
  );
  logger.info('gateway_listening', { address, port: gateway.port });
  const end = await ended;
  logger.info(
    'gateway_stopping',
    end.kind === 'signal' ? { signal: end.signal } : { cause: end.kind },
  );
  await gateway.stop();
  connection.close();
  logger.info('gateway_stopped');
  if (end.kind === 'uncaught_error') throw new EndedByError();
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
