import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import type { Cancel, Clock } from '../domain/clock.ts';
import type {
  CallSpan,
  TraceAttributes,
  TracedCall,
  TracedRequest,
  Traces,
} from '../domain/traces.ts';

/** Set in the context of a call that comes from outside: whether its trace says if it is recorded. */
export const CALLER_DECIDES = createContextKey('whether the caller decides');
/** No attribute of ours is longer; the SDK cuts what is. */
export const LONGEST_ATTRIBUTE = 512;
/** Outcomes of a request for which somebody else is to blame. */
const FAULTS: ReadonlySet<string> = new Set([
  'unavailable',
  'no_answer',
  'rate_limited',
  '5xx',
  'timeout',
  'transport',
]);
/** From here on the wall clock was set, and is not merely read at another moment. */
const CLOCK_WAS_SET_MS = 1_000;

/** Traces in OpenTelemetry's form. Nothing of it is global: whoever ends up in here was given it. */
export class OtelTraces implements Traces {
  readonly #tracer: Tracer;
  readonly #clock: Clock;
  readonly #call = new AsyncLocalStorage<OtelCallSpan>();
  #epoch: number;

  constructor(tracer: Tracer, clock: Clock) {
    this.#tracer = tracer;
    this.#clock = clock;
    this.#epoch = clock.now() - clock.monotonic();
  }

  /** Of the call for which this code runs. */
  get traceId(): string | undefined {
    return this.#call.getStore()?.traceId;
  }

  begin({ name, traceparent, callerDecides, attributes }: TracedCall): CallSpan {
    const remote = traceparent === undefined ? null : parseTraceParent(traceparent);
    const base = ROOT_CONTEXT.setValue(CALLER_DECIDES, callerDecides);
    const parent =
      remote === null ? base : trace.setSpanContext(base, { ...remote, isRemote: true });
    const options = { kind: SpanKind.SERVER, attributes, startTime: this.#now() };
    const span = this.#tracer.startSpan(name, options, parent);
    return new OtelCallSpan(span, { calls: this.#call, now: () => this.#now() });
  }

  note({ target, operation, outcome, seconds }: TracedRequest): void {
    const call = this.#call.getStore();
    if (call?.isRecorded !== true) return;
    const end = this.#now();
    const attributes = {
      'tokenvault.target': target,
      'tokenvault.operation': operation,
      'tokenvault.outcome': outcome,
    };
    const name = operation === undefined ? target : `${target} ${operation}`;
    const startTime = end - seconds * 1_000;
    const options = { kind: SpanKind.CLIENT, attributes, startTime };
    const span = this.#tracer.startSpan(name, options, call.context);
    if (FAULTS.has(outcome)) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(end);
  }

  /** A clock whose timers belong to no call, so that what runs for ever is in nobody's trace. */
  withoutCalls(clock: Clock): Clock {
    const schedule = (ms: number, action: () => void): Cancel =>
      clock.schedule(ms, () => this.#call.exit(action));
    return { now: () => clock.now(), monotonic: () => clock.monotonic(), schedule };
  }

  /** Milliseconds since the epoch, as fine as the monotonic clock, so that spans lie in order. */
  #now(): number {
    const monotonic = this.#clock.monotonic();
    const drift = this.#clock.now() - this.#epoch - monotonic;
    if (Math.abs(drift) >= CLOCK_WAS_SET_MS) this.#epoch += drift;
    return this.#epoch + monotonic;
  }
}

interface SpanDeps {
  readonly calls: AsyncLocalStorage<OtelCallSpan>;
  readonly now: () => number;
}

class OtelCallSpan implements CallSpan {
  readonly context: Context;
  readonly #span: Span;
  readonly #ids: SpanContext;
  readonly #deps: SpanDeps;

  constructor(span: Span, deps: SpanDeps) {
    this.context = trace.setSpan(ROOT_CONTEXT, span);
    this.#span = span;
    this.#ids = span.spanContext();
    this.#deps = deps;
  }

  get isRecorded(): boolean {
    return (this.#ids.traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  get traceId(): string {
    return this.#ids.traceId;
  }

  /** https://www.w3.org/TR/trace-context/#traceparent-header */
  get traceparent(): string {
    const { traceId, spanId } = this.#ids;
    return `00-${traceId}-${spanId}-${this.isRecorded ? '01' : '00'}`;
  }

  run<T>(work: () => T): T {
    return this.#deps.calls.run(this, work);
  }

  end(attributes: TraceAttributes, failed: boolean): void {
    this.#span.setAttributes(attributes);
    if (failed) this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end(this.#deps.now());
  }
}
