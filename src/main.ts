import { once } from 'node:events';
import { startApp } from './app.ts';
import type { Config } from './config/load-config.ts';
import { createLogger } from './observability/pino-logger.ts';
import { PrometheusMetrics } from './observability/prometheus-metrics.ts';
import { systemClock } from './observability/system-clock.ts';
import { systemRandom } from './observability/system-random.ts';

const DRAIN_MS = 30_000;

/**
 * Runs the service until `signals` (the process) emits SIGTERM or SIGINT; then it lets calls under
 * way end, and the refresh tokens that Vault has not taken yet.
 * @throws StartupProblems
 */
export async function runService(config: Config, signals: NodeJS.EventEmitter): Promise<void> {
  const logger = createLogger({ level: config.log.level });
  const metrics = new PrometheusMetrics();
  const deps = { clock: systemClock, random: systemRandom, logger, metrics };
  const app = await startApp(config, deps);
  const done = new AbortController();
  const { signal } = done;
  await Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(signals, name, { signal })));
  done.abort();
  logger.info('stopping');
  await app.stop(DRAIN_MS);
  logger.info('stopped');
}
