import { z } from 'zod';
import { json, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const attribute = z.object({
  key: z.string(),
  value: z.union([
    z.object({ stringValue: z.string() }).transform((value) => value.stringValue),
    z.object({ intValue: z.number() }).transform((value) => value.intValue),
    z.object({ boolValue: z.boolean() }).transform((value) => value.boolValue),
  ]),
});
const attributes = z
  .array(attribute)
  .transform((all) => Object.fromEntries(all.map(({ key, value }) => [key, value])));
const span = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: z.string().transform(BigInt),
  endTimeUnixNano: z.string().transform(BigInt),
  attributes,
  events: z.array(z.unknown()).default([]),
  links: z.array(z.unknown()).default([]),
  status: z.object({ code: z.number().default(0), message: z.string().optional() }),
});
/** https://opentelemetry.io/docs/specs/otlp/ */
const traceRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

export type CollectedSpan = z.output<typeof span> & {
  /** The `service.name` of the process that sent it. */
  readonly service: unknown;
};

/** What an operator sends traces to: OTLP over HTTP, with JSON. */
export class TraceCollector {
  readonly server: ScriptedServer;

  private constructor(server: ScriptedServer) {
    this.server = server;
  }

  static async start(): Promise<TraceCollector> {
    const server = await startScriptedServer();
    server.answer = json(200, {});
    return new TraceCollector(server);
  }

  /** For `traces.otlp_endpoint`. */
  get url(): string {
    return this.server.url;
  }

  /** All that came, as it came. */
  get received(): string {
    return this.server.requests.map(({ path, body }) => `${path} ${body}`).join('\n');
  }

  get spans(): readonly CollectedSpan[] {
    return this.server.requests.flatMap(({ body }) =>
      traceRequest.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) => {
        const service = resource.attributes['service.name'];
        return scopeSpans.flatMap(({ spans }) => spans.map((one) => ({ ...one, service })));
      }),
    );
  }

  /** The spans of one trace, those that began first in front. */
  trace(traceId: string): readonly CollectedSpan[] {
    return this.spans
      .filter((one) => one.traceId === traceId)
      .sort((a, b) => Number(a.startTimeUnixNano - b.startTimeUnixNano));
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

/** A `traceparent`, and the trace that it names. */
export function callerTrace(digit: string, sampled = true) {
  const traceId = digit.repeat(32);
  const spanId = digit.repeat(16);
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${sampled ? '01' : '00'}` };
}
