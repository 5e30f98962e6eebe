import type { OpenTraces, TracesDeps, TracesOptions } from './otel-exporter.ts';

/** OpenTelemetry is loaded where traces are wanted alone. */
export async function openTraces(
  options: Omit<TracesOptions, 'otlpEndpoint'> & {
    /** Without it nothing is recorded. */
    readonly otlpEndpoint?: string | undefined;
  },
  deps: TracesDeps,
): Promise<OpenTraces> {
  const { otlpEndpoint } = options;
  if (otlpEndpoint === undefined) {
    return { traces: undefined, clock: deps.clock, close: () => Promise.resolve() };
  }
  const { startTraces } = await import('./otel-exporter.ts');
  return startTraces({ ...options, otlpEndpoint }, deps);
}
