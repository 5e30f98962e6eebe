import { startApp } from './app.ts';
import type { Config } from './config/load-config.ts';
import { createLogger } from './observability/pino-logger.ts';
import { PrometheusMetrics } from './observability/prometheus-metrics.ts';
import { setStatusGauges } from './observability/status-gauges.ts';
import { stopSignal } from './observability/stop-signal.ts';
import { systemClock } from './observability/system-clock.ts';
import { systemRandom } from './observability/system-random.ts';

const DRAIN_MS = 30_000;

/**
 * Runs the service until `signals` (the process) emits SIGTERM or SIGINT; then it lets calls under
 * way end, and the refresh tokens that Vault has not taken yet. A second signal ends it at once.
 * @throws StartupProblems
 */
export async function runService(config: Config, signals: NodeJS.EventEmitter): Promise<void> {
  const logger = createLogger({ level: config.log.level });
  const metrics = new PrometheusMetrics();
  const deps = { clock: systemClock, random: systemRandom, logger, metrics };
  const app = await startApp(config, deps);
  metrics.beforeText(() => setStatusGauges(app.status(), metrics));
  const signal = await stopSignal({
    signals,
    clock: systemClock,
    endAtOnce: () => process.exit(1),
  });
  logger.info('stopping', { signal });
  await app.stop(DRAIN_MS);
  logger.info('stopped');
}
