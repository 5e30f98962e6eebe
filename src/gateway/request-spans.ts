import type { FastifyRequest } from 'fastify';
import type { CallSpan, Traces } from '../domain/traces.ts';
import { CODE_PATH } from './request-guard.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where traces are left. */
    span: CallSpan | undefined;
  }
}

/** Begins the span of a code that an app posts; nothing else is worth one. */
export function beginSpan(request: FastifyRequest, traces: Traces): CallSpan | undefined {
  if (request.routeOptions.url !== CODE_PATH || request.method !== 'POST') return undefined;
  const { traceparent } = request.headers;
  return traces.begin({
    name: `POST ${CODE_PATH}`,
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    callerDecides: false,
    attributes: { 'http.request.method': 'POST', 'http.route': CODE_PATH },
  });
}

export function endSpan(span: CallSpan, status: number, reason: string): void {
  const attributes = {
    'http.response.status_code': status,
    'tokenvault.reason': reason === '' ? undefined : reason,
  };
  span.end(attributes, status >= 500);
}
