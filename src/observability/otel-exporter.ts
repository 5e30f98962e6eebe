import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { type Clock, sleep } from '../domain/clock.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import type { Traces } from '../domain/traces.ts';
import { countingDropped } from './dropped-spans.ts';
import { CALLER_DECIDES, LONGEST_ATTRIBUTE, OtelTraces } from './otel-traces.ts';
import { productVersion } from './product-version.ts';

/** Spans that wait to be sent; further ones are dropped, and counted. */
const MAX_WAITING = 4_096;
const MAX_BATCH = 512;
const SEND_EVERY_MS = 2_000;
/** For one batch, its further tries included. */
const SEND_TIMEOUT_MS = 3_000;
/** For what is left when the process ends. */
const CLOSE_MS = 4_000;

export interface TracesOptions {
  /** Base of the collector's URL. */
  readonly otlpEndpoint: string;
  readonly sampleOneIn: number;
  readonly serviceName: string;
}

export interface OpenTraces {
  /** Undefined where nothing is recorded: then nothing has to be done for it either. */
  readonly traces: Traces | undefined;
  /** For everything that serves calls. */
  readonly clock: Clock;
  /** Of the call for which this code runs. */
  readonly traceId?: () => string | undefined;
  /** Sends what is left, a few seconds at most. */
  close(): Promise<void>;
}

export interface StartedTraces extends OpenTraces {
  readonly traces: Traces;
  readonly traceId: () => string | undefined;
}

export interface TracesDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}

/** Records traces, and sends them to the collector at `otlpEndpoint`. */
export function startTraces(options: TracesOptions, deps: TracesDeps): StartedTraces {
  const exporter = new OTLPTraceExporter({
    url: `${options.otlpEndpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: SEND_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName,
      'service.version': productVersion(),
    }),
    sampler: sampler(options, deps.random),
    spanLimits: { attributeValueLengthLimit: LONGEST_ATTRIBUTE },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: counted(exporter, deps.metrics),
        maxQueueSize: MAX_WAITING,
        maxExportBatchSize: MAX_BATCH,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: SEND_TIMEOUT_MS,
        selfObsMeterProvider: countingDropped(deps.metrics),
      }),
    ],
  });
  const traces = new OtelTraces(provider.getTracer('tokenvault', productVersion()), deps.clock);
  const close = async () => {
    const done = new AbortController();
    // A collector that takes nothing was counted; it keeps no process from its end.
    const sent = provider.shutdown().catch(() => undefined);
    await Promise.race([sent, sleep(deps.clock, CLOSE_MS, done.signal)]);
    done.abort();
  };
  return { traces, clock: traces.withoutCalls(deps.clock), traceId: () => traces.traceId, close };
}

/**
 * Who is not proved may name a trace, but neither have it recorded nor keep it from that: so
 * chance decides, where the SDK's own sampler would go by the name.
 */
function sampler({ sampleOneIn }: TracesOptions, random: Random): Sampler {
  const { RECORD_AND_SAMPLED, NOT_RECORD } = SamplingDecision;
  const root: Sampler = {
    shouldSample: () => ({
      decision: random.unit() * sampleOneIn < 1 ? RECORD_AND_SAMPLED : NOT_RECORD,
    }),
    toString: () => `OneIn{${sampleOneIn}}`,
  };
  const trusting = new ParentBasedSampler({ root });
  const byChance = { root, remoteParentSampled: root, remoteParentNotSampled: root };
  const wary = new ParentBasedSampler(byChance);
  return {
    shouldSample: (context, ...rest) =>
      (context.getValue(CALLER_DECIDES) === true ? trusting : wary).shouldSample(context, ...rest),
    toString: () => root.toString(),
  };
}

/** Says in the metrics what became of the spans that left. */
function counted(exporter: SpanExporter, metrics: Metrics): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const outcome = result.code === 0 ? 'sent' : 'lost';
        for (const _span of spans) metrics.count('tokenvault_spans_total', { outcome });
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
