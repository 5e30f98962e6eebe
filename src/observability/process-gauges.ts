import { monitorEventLoopDelay } from 'node:perf_hooks';
import { productVersion } from './product-version.ts';
import type { PrometheusMetrics } from './prometheus-metrics.ts';

/** How often the event loop is timed, milliseconds; Node counts this into each delay. */
const RESOLUTION_MS = 20;
const QUANTILES = [0.5, 0.99, 1];

/**
 * Keeps the gauges that are about the process and not about the replica: which build it is, and how
 * late the event loop comes to its work.
 * @returns ends the measuring
 */
export function watchProcess(metrics: PrometheusMetrics): () => void {
  const labels = { version: productVersion(), node: process.versions.node };
  metrics.set('tokenvault_build_info', 1, labels);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  metrics.beforeText(() => {
    for (const quantile of QUANTILES) {
      const seconds = Math.max(0, delay.percentile(quantile * 100) / 1e9 - RESOLUTION_MS / 1_000);
      metrics.set('tokenvault_event_loop_delay_seconds', seconds, { quantile: `${quantile}` });
    }
    delay.reset();
  });
  return () => delay.disable();
}
