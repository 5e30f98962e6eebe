import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';
import type { Metrics } from '../domain/metrics.ts';

/**
 * For the SDK's own metrics, of which one is heard: how many spans its full queue drops.
 * @see https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/
 */
export function countingDropped(metrics: Metrics): MeterProvider {
  const counter = {
    add: (spans: number, attributes: { readonly [name: string]: unknown } = {}) => {
      if (attributes['error.type'] !== 'queue_full') return;
      for (let span = 0; span < spans; span += 1) {
        metrics.count('tokenvault_spans_total', { outcome: 'dropped' });
      }
    },
  };
  const meter = Object.assign(createNoopMeter(), { createCounter: () => counter });
  return { getMeter: () => meter };
}
