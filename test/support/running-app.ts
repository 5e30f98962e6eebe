import { expect } from 'vitest';
import { startApp } from '../../src/app/app.ts';
import type { TokenVaultConnection } from '../../src/client/connect.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { DevCaller } from '../../src/dev/certificate-files.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { OpenTraces } from '../../src/observability/otel-exporter.ts';
import { createLogger } from '../../src/observability/pino-logger.ts';
import { PrometheusMetrics } from '../../src/observability/prometheus-metrics.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { readSystemFile } from '../../src/observability/system-files.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { AppCalls } from './app-calls.ts';
import type { AppWorld } from './app-world.ts';

export interface AppOptions {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Its clock counts, if there is one. Default: none. */
  readonly tracing?: OpenTraces;
  /** Configuration by dotted key, over the world's. */
  readonly set?: Readonly<Record<string, string>>;
}

/** A replica of the whole service in this process, behind its real socket. */
export interface RunningApp {
  readonly port: number;
  /** With the rights of an operator. */
  readonly calls: AppCalls;
  /** Each line that was logged, from debug upwards. */
  readonly logged: readonly string[];
  readonly metrics: PrometheusMetrics;
  connectAs(caller: DevCaller): TokenVaultConnection;
  /** Fails the test where a call ended in an error that nobody foresaw. */
  stop(): Promise<void>;
}

const GRACE_MS = 2_000;

/** Reads the world's configuration as `tokenvault serve` does, and starts on a free port. */
export async function startRunningApp(
  world: AppWorld,
  options: AppOptions = {},
): Promise<RunningApp> {
  const config = loadConfig({
    file: world.configFile,
    env: {},
    flags: { ...world.flags, ...options.set },
    readFile: readSystemFile,
  });
  const logged: string[] = [];
  const stream = { write: (line: string) => void logged.push(line) };
  const { traces, traceId } = options.tracing ?? {};
  const logger = createLogger({ level: 'debug', stream, traceId });
  const metrics = new PrometheusMetrics();
  const { clock = options.tracing?.clock ?? systemClock } = options;
  const deps = { clock, random: systemRandom, logger, metrics, traces, readFile: readSystemFile };
  const app = await startApp(config, deps);
  const calls = new AppCalls(world, app.port);
  return {
    port: app.port,
    calls,
    logged,
    metrics,
    connectAs: (caller) => world.connectAs(caller, app.port),
    stop: async () => {
      calls.close();
      await app.stop(GRACE_MS);
      const defects = logged.filter((line) => line.includes('"event":"unexpected_error"'));
      expect(defects, 'a defect of our own came to light').toEqual([]);
    },
  };
}
