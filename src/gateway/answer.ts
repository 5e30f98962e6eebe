import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { TokenVaultError } from '../client/token-vault-error.ts';
import { Failure } from '../domain/failure.ts';
import type { LogFields, Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import { stackFrames } from '../domain/stack-frames.ts';
import { PROBLEM_TYPE, type Problem, problemOf } from './problem.ts';
import { Refusal } from './refusal.ts';
import { endSpan } from './request-spans.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** The reason that the app was told, for the log line; empty for a success. */
    problemReason: string;
    /** Why, where the reason alone does not say it; for the log line. */
    problemCause: string | undefined;
  }
}

/** What every answer carries, also the refused ones: nothing here may be kept by a cache. */
export function markAnswer(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('cache-control', 'no-store');
  reply.header('x-content-type-options', 'nosniff');
  reply.header('x-request-id', request.id);
}

/** The error handler: answers with problem+json (RFC 9457), in which no error's own text is. */
export function answerErrors(logger: Logger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const cause = productError(error);
    const problem = problemOf(cause, request.id);
    if (problem.status >= 500)
      logger.warn('gateway_failure', {
        ...failureFields(error, problem),
        traceId: request.span?.traceId,
      });
    reply.problemReason = problem.reason;
    reply.problemCause = cause instanceof Refusal ? cause.cause : undefined;
    markAnswer(request, reply);
    if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    // The body was perhaps not read: what is left of it must not be taken for the next request.
    if (cause instanceof Refusal) reply.header('connection', 'close');
    // As bytes, so that no charset is added: the type has no such parameter.
    reply
      .code(problem.status)
      .type(PROBLEM_TYPE)
      .send(Buffer.from(JSON.stringify(problem)));
  };
}

function productError(error: unknown): unknown {
  if (error instanceof Failure || error instanceof TokenVaultError) return error;
  if (error instanceof Refusal) return error;
  // The framework hands over whatever was thrown; its own errors have these two.
  const { code, statusCode = 500 } = (error ?? {}) as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Refusal('BODY_TOO_LARGE');
  // What else the framework refuses: a length that does not fit, an address it cannot decode.
  return statusCode < 500 ? new Refusal('REQUEST_MALFORMED') : new Failure('INTERNAL');
}

/** For the operator. A message may quote the request, so of a defect only its place is told. */
function failureFields(error: unknown, { requestId, reason }: Problem): LogFields {
  if (error instanceof TokenVaultError) {
    const { code: grpcStatus, connection } = error;
    return { requestId, reason, grpcStatus, ...(connection === undefined ? {} : { connection }) };
  }
  if (error instanceof Refusal) return { requestId, reason, cause: error.cause };
  return { requestId, reason, at: error instanceof Error ? stackFrames(error)[0] : undefined };
}

export interface RecordDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Counts and logs each request, once: no body, no query, no profile. */
export function recordAnswers(
  { logger, metrics }: RecordDeps,
  isOnRecord: (request: FastifyRequest) => boolean,
) {
  const recorded = new WeakSet<FastifyRequest>();
  return (request: FastifyRequest, reply: FastifyReply): void => {
    if (recorded.has(request)) return;
    recorded.add(request);
    const { statusCode: status, problemReason: reason, problemCause: cause, elapsedTime } = reply;
    const route = request.routeOptions.url ?? 'none';
    if (request.span !== undefined) endSpan(request.span, status, reason);
    if (isOnRecord(request)) return;
    metrics.count('tokenvault_gateway_requests_total', { route, status: `${status}`, reason });
    metrics.observe('tokenvault_gateway_request_seconds', elapsedTime / 1_000, { route });
    logger.info('gateway_request', {
      requestId: request.id,
      traceId: request.span?.traceId,
      method: request.method,
      route,
      status,
      ...(reason === '' ? {} : { reason }),
      ...(cause === undefined ? {} : { cause }),
      durationMs: Math.round(elapsedTime),
    });
  };
}
