import { type ServerUnaryCall, status } from '@grpc/grpc-js';
import type { Caller } from '../domain/caller.ts';
import type { Failure } from '../domain/failure.ts';
import type { CallSpan, Traces } from '../domain/traces.ts';

/** Ends that are no fault of the caller's. */
const OUR_FAULT: ReadonlySet<status> = new Set([
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

/** How a call ended, as its span says it. */
export interface SpanEnd {
  readonly code: status;
  readonly failure: Failure | undefined;
  readonly caller: Caller;
}

/**
 * Begins the span of a call, as OpenTelemetry names what gRPC serves.
 * @see https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 */
export function beginSpan(
  call: Pick<ServerUnaryCall<Buffer, Buffer>, 'getPath' | 'metadata'>,
  { traces, callerDecides }: { readonly traces: Traces; readonly callerDecides: boolean },
): CallSpan {
  const name = call.getPath().slice(1);
  const [service, method] = name.split('/');
  const [sent] = call.metadata.get('traceparent');
  return traces.begin({
    name,
    traceparent: typeof sent === 'string' ? sent : undefined,
    callerDecides,
    attributes: { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method },
  });
}

export function endSpan(span: CallSpan, { code, failure, caller }: SpanEnd): void {
  const attributes = {
    'rpc.grpc.status_code': code,
    'tokenvault.reason': failure?.reason,
    'tokenvault.caller': caller.id === '' ? undefined : caller.id,
  };
  span.end(attributes, OUR_FAULT.has(code));
}
