import type { Socket } from 'node:net';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { Refusal, type RefusalReason } from './refusal.ts';

/** Codes of Node's HTTP server; every other `HPE_` one means that the bytes are not HTTP. */
const REASON_OF_ERROR: ReadonlyMap<string, RefusalReason> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 'REQUEST_TIMED_OUT'],
  ['HPE_HEADER_OVERFLOW', 'HEADERS_TOO_LARGE'],
]);

/**
 * Answers bytes that never became a whole request, and closes: no framework answers these.
 * @returns whether there was anybody to answer, which is on record then
 */
export function answerBrokenConnection(
  error: { readonly code?: string },
  socket: Socket,
  { logger, metrics, random }: { logger: Logger; metrics: Metrics; random: Random },
): boolean {
  const { code = '' } = error;
  const isHttp = REASON_OF_ERROR.has(code) || code.startsWith('HPE_');
  // A TLS handshake that failed or never came has nobody to answer: the bytes would wait for ever.
  if (!isHttp || !socket.writable) {
    socket.destroy();
    return false;
  }
  const refusal = new Refusal(REASON_OF_ERROR.get(code) ?? 'REQUEST_MALFORMED');
  const problem = problemOf(refusal, random.id());
  const { requestId, status, reason } = problem;
  const route = 'none';
  metrics.count('tokenvault_gateway_requests_total', { route, status: `${status}`, reason });
  logger.info('gateway_request', { requestId, route, status, reason });
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${problem.requestId}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  return true;
}
