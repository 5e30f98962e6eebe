import { httpUrl } from './network-names.ts';
import { wholeNumber } from './scalars.ts';
import { optional, section, withDefault } from './setting.ts';

/** The `traces` section. */
export interface TracesConfig {
  /** Without it nothing is recorded. */
  readonly otlpEndpoint?: string | undefined;
  /** One call in so many is recorded, where nobody before decided it. */
  readonly sampleOneIn: number;
}

export function tracesSection() {
  return section({
    otlp_endpoint: optional(httpUrl(), {
      doc: 'Where traces are sent, by OTLP over HTTP with JSON; `/v1/traces` is added to it. Without it none are recorded, and nothing of OpenTelemetry is loaded.',
      fallbacks: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
    }),
    sample_one_in: withDefault(wholeNumber(1, 1_000_000), {
      default: 100,
      doc: 'One call in so many is recorded. The service records or not as its caller says, where that sends a `traceparent`; the gateway decides for itself.',
      unit: 'calls',
    }),
  }).transform(
    (keys): TracesConfig => ({
      otlpEndpoint: keys.otlp_endpoint,
      sampleOneIn: keys.sample_one_in,
    }),
  );
}
