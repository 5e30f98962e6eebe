import { type App, startApp } from './app/app.ts';
import { certificatesOfService, setExpiryGauges } from './config/certificate-terms.ts';
import type { Config } from './config/config-sections.ts';
import type { LiveConfig } from './config/live-config.ts';
import { Alerts } from './domain/alerts.ts';
import { refuseLoss } from './domain/lost-consents.ts';
import { openTraces } from './observability/open-traces.ts';
import { startOpsServer } from './observability/ops-server.ts';
import { createLogger } from './observability/pino-logger.ts';
import { EndedByError, processEnd } from './observability/process-end.ts';
import { watchProcess } from './observability/process-gauges.ts';
import { PrometheusMetrics } from './observability/prometheus-metrics.ts';
import { Readiness, servingStatus } from './observability/readiness.ts';
import { setStatusGauges } from './observability/status-gauges.ts';
import { systemClock } from './observability/system-clock.ts';
import { readSystemFile } from './observability/system-files.ts';
import { systemRandom } from './observability/system-random.ts';
import { watchFolder } from './observability/watch-folder.ts';

/** What still keeps the process alive so long after its end never lets it go. */
const LINGER_MS = 2_000;

/**
 * Runs the service until `signals` (the process) emits SIGTERM or SIGINT, or an error that nobody
 * caught; then it lets calls under way end, and the refresh tokens that Vault has not taken yet,
 * within `limits.drain_grace`. A second signal ends it at once. The ops listener answers from before
 * the start to after the end. SIGHUP looks at once at the configuration, which is followed in any
 * case, goes on with the audit in the file that has its name then, and tries a login at Vault that
 * waits.
 * @throws StartupProblems; EndedByError; ConsentsLost
 */
export async function runService(
  live: LiveConfig<Config>,
  signals: NodeJS.EventEmitter,
): Promise<void> {
  const config = live.value;
  const metrics = new PrometheusMetrics();
  const tracing = await openTraces(
    { ...config.traces, serviceName: 'tokenvault' },
    { clock: systemClock, random: systemRandom, metrics },
  );
  const { traces, clock, traceId } = tracing;
  const logger = createLogger({ ...config.log, traceId });
  const readiness = new Readiness();
  const deps = { clock, random: systemRandom, logger, metrics, traces, readFile: readSystemFile };
  let app: App | undefined;
  signals.on('SIGHUP', () => void live.lookNow());
  const endAtOnce = () => {
    app?.giveUp();
    process.exit(1);
  };
  const ended = processEnd({ ...deps, signals, endAtOnce });
  await using running = new AsyncDisposableStack();
  running.defer(() => tracing.close());
  running.defer(watchProcess(metrics));
  running.defer(() => live.stop());
  const ops = await startOpsServer(config.ops, { readiness, metrics, logger });
  running.defer(() => ops.stop());
  logger.info('ops_listening', { address: config.ops.address, port: ops.port });

  const starting = startApp(config, deps).then((started) => {
    metrics.beforeText(() => setStatusGauges(started.status(), metrics));
    metrics.beforeText(() =>
      setExpiryGauges(certificatesOfService(live.value), systemClock.now(), metrics),
    );
    readiness.serving(() => servingStatus(started.status()));
    const alerts = new Alerts(logger, metrics);
    live.follow({ ...deps, alerts, watchFolder }, async (next) => {
      await started.reload(next);
      logger.setLevel(next.log.level);
    });
    return started;
  });
  // While it starts too: its file may be open already. That the start fails is told below.
  const lookAgain = (started: App) => {
    started.reopenAudit();
    started.retryVaultLogin();
  };
  signals.on('SIGHUP', () => void starting.then(lookAgain, () => undefined));
  app = await Promise.race([starting, ended.then(() => undefined)]);
  const end = await ended;
  readiness.draining();
  logger.info('stopping', end.kind === 'signal' ? { signal: end.signal } : { cause: end.kind });
  const lost = await app?.stop(config.limits.drainGraceMs);
  if (app === undefined || end.kind === 'uncaught_error') exitSoon();
  logger.info('stopped');
  if (end.kind === 'uncaught_error') throw new EndedByError();
  if (lost !== undefined) refuseLoss(lost);
}

/** Unreferenced: it only meets a process that something half-started or broken keeps alive. */
function exitSoon(): void {
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
