import { type App, startApp } from './app.ts';
import type { Config } from './config/config-sections.ts';
import type { LiveConfig } from './config/live-config.ts';
import { Alerts } from './domain/alerts.ts';
import { startOpsServer } from './observability/ops-server.ts';
import { createLogger } from './observability/pino-logger.ts';
import { EndedByError, type ProcessEnd, processEnd } from './observability/process-end.ts';
import { watchProcess } from './observability/process-gauges.ts';
import { PrometheusMetrics } from './observability/prometheus-metrics.ts';
import { Readiness } from './observability/readiness.ts';
import { setStatusGauges } from './observability/status-gauges.ts';
import { systemClock } from './observability/system-clock.ts';
import { systemRandom } from './observability/system-random.ts';
import { watchFolder } from './observability/watch-folder.ts';

const DRAIN_MS = 30_000;
/** What still keeps the process alive so long after its end never lets it go. */
const LINGER_MS = 2_000;

/**
 * Runs the service until `signals` (the process) emits SIGTERM or SIGINT, or an error that nobody
 * caught; then it lets calls under way end, and the refresh tokens that Vault has not taken yet. A
 * second signal ends it at once. The ops listener answers from before the start to after the end.
 * SIGHUP looks at once at the configuration, which is followed in any case.
 * @throws StartupProblems; EndedByError
 */
export async function runService(
  live: LiveConfig<Config>,
  signals: NodeJS.EventEmitter,
): Promise<void> {
  const config = live.value;
  const logger = createLogger({ level: config.log.level });
  const metrics = new PrometheusMetrics();
  const readiness = new Readiness();
  const deps = { clock: systemClock, random: systemRandom, logger, metrics };
  signals.on('SIGHUP', () => void live.lookNow());
  const ended = processEnd({ ...deps, signals, endAtOnce: () => process.exit(1) });
  await using running = new AsyncDisposableStack();
  running.defer(watchProcess(metrics));
  running.defer(() => live.stop());
  const ops = await startOpsServer(config.ops, { readiness, metrics, logger });
  running.defer(() => ops.stop());
  logger.info('ops_listening', { address: config.ops.address, port: ops.port });

  const starting = startApp(config, deps).then((app) => {
    metrics.beforeText(() => setStatusGauges(app.status(), metrics));
    readiness.serving(() => app.status());
    const alerts = new Alerts(logger, metrics);
    live.follow({ ...deps, alerts, watchFolder }, async (next) => {
      await app.reload(next);
      logger.setLevel(next.log.level);
    });
    return app;
  });
  const app = await Promise.race([starting, ended.then(() => undefined)]);
  const end = await ended;
  readiness.draining();
  logger.info('stopping', end.kind === 'signal' ? { signal: end.signal } : { cause: end.kind });
  await stop(app, end);
  logger.info('stopped');
  if (end.kind === 'uncaught_error') throw new EndedByError();
}

/** Without an app it was still starting: no call is under way, so nothing is waited for. */
async function stop(app: App | undefined, end: ProcessEnd): Promise<void> {
  await app?.stop(DRAIN_MS);
  if (app !== undefined && end.kind === 'signal') return;
  // Unreferenced: it only meets a process that something half-started or broken keeps alive.
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
