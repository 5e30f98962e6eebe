import { startApp } from '../../src/app/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createLogger } from '../../src/observability/pino-logger.ts';
import { PrometheusMetrics } from '../../src/observability/prometheus-metrics.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { readSystemFile } from '../../src/observability/system-files.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { serveMeasured } from './child.ts';
import { upstreamRequests } from './upstream-requests.ts';

await serveMeasured(startTokenVault);

/** The whole service as `tokenvault serve` runs it, with metrics on, and the log at the level that is named. */
async function startTokenVault() {
  const [, , file = '', level = 'info'] = process.argv;
  const config = loadConfig({
    file,
    env: {},
    flags: { 'log.level': level },
    readFile: readSystemFile,
  });
  const logger = createLogger({ level: config.log.level });
  const metrics = new PrometheusMetrics();
  const deps = {
    clock: systemClock,
    random: systemRandom,
    logger,
    metrics,
    readFile: readSystemFile,
  };
  const { port } = await startApp(config, deps);
  return { port, questions: { upstream: async () => upstreamRequests(await metrics.text()) } };
}
