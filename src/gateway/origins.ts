import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from './refusal.ts';

/** How long a browser may keep what it was told in a preflight, seconds. */
const PREFLIGHT_MAX_AGE_S = 3_600;

/**
 * Turns the pages of other origins away but for those in `listed`, and lets these read the answer.
 * Apps that are no page send no `Origin`. A page under the gateway's own name, as the browser saw
 * it, is no stranger.
 *
 * There is no `Access-Control-Allow-Credentials`: the gateway reads no cookie, and a login token is
 * put into its header by the page itself.
 *
 * @throws Refusal ORIGIN_NOT_ALLOWED
 */
export function checkOrigin(
  { headers: { origin, host } }: FastifyRequest,
  reply: FastifyReply,
  listed: readonly string[],
): void {
  reply.header('vary', 'Origin');
  if (origin === undefined || origin === `https://${host}`) return;
  if (!listed.includes(origin)) throw new Refusal('ORIGIN_NOT_ALLOWED');
  reply.header('access-control-allow-origin', origin);
  reply.header('access-control-expose-headers', 'Retry-After, WWW-Authenticate, X-Request-Id');
}

/** Whether a browser asks what a page may send (CORS protocol of the Fetch standard). */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/** Answers a preflight of a page that `checkOrigin` has let through. */
export function answerPreflight(_request: FastifyRequest, reply: FastifyReply): void {
  reply
    .code(204)
    .headers({
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Authorization, Content-Type, X-Request-Id, X-Requested-With',
      'access-control-max-age': PREFLIGHT_MAX_AGE_S,
    })
    .send();
}
