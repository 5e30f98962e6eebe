import { startApp } from './app.ts';
import type { Config } from './config/load-config.ts';
import { startOpsServer } from './observability/ops-server.ts';
import { createLogger } from './observability/pino-logger.ts';
import { watchProcess } from './observability/process-gauges.ts';
import { PrometheusMetrics } from './observability/prometheus-metrics.ts';
import { Readiness } from './observability/readiness.ts';
import { setStatusGauges } from './observability/status-gauges.ts';
import { stopSignal } from './observability/stop-signal.ts';
import { systemClock } from './observability/system-clock.ts';
import { systemRandom } from './observability/system-random.ts';

const DRAIN_MS = 30_000;

/**
 * Runs the service until `signals` (the process) emits SIGTERM or SIGINT; then it lets calls under
 * way end, and the refresh tokens that Vault has not taken yet. A second signal ends it at once.
 * The ops listener answers from before the start to after the end.
 * @throws StartupProblems
 */
export async function runService(config: Config, signals: NodeJS.EventEmitter): Promise<void> {
  const logger = createLogger({ level: config.log.level });
  const metrics = new PrometheusMetrics();
  const readiness = new Readiness();
  await using running = new AsyncDisposableStack();
  running.defer(watchProcess(metrics));
  const ops = await startOpsServer(config.ops, { readiness, metrics, logger });
  running.defer(() => ops.stop());
  logger.info('ops_listening', { address: config.ops.address, port: ops.port });

  const app = await startApp(config, { clock: systemClock, random: systemRandom, logger, metrics });
  metrics.beforeText(() => setStatusGauges(app.status(), metrics));
  readiness.serving(() => app.status());
  const signal = await stopSignal({
    signals,
    clock: systemClock,
    endAtOnce: () => process.exit(1),
  });
  readiness.draining();
  logger.info('stopping', { signal });
  await app.stop(DRAIN_MS);
  logger.info('stopped');
}
