import type { FastifyReply, FastifyRequest } from 'fastify';
import { isPreflight } from './origins.ts';
import { Refusal } from './refusal.ts';

export const CODE_PATH = '/v1/google/code';
export const HEALTH_PATH = '/healthz';

const METHODS: ReadonlyMap<string, string> = new Map([
  [CODE_PATH, 'POST'],
  [HEALTH_PATH, 'GET, HEAD'],
]);

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const JSON_UTF8 = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i;

/**
 * Turns a request away that is none for here, before its body is read. What a caller says of itself
 * (`X-User-Id`) is never looked at.
 * @throws Refusal
 */
export function guardRequest(request: FastifyRequest, reply: FastifyReply): void {
  const [path = ''] = request.url.split('?', 1);
  if (!path.startsWith('/') || !HOST.test(request.headers.host ?? '')) {
    throw new Refusal('REQUEST_MALFORMED');
  }
  // Pages ask so before they post; whoever else asks what there is gets no list.
  const isIdleQuestion = request.method === 'OPTIONS' && !isPreflight(request);
  if (!request.is404 && !isIdleQuestion) return;
  const methods = METHODS.get(path);
  if (methods === undefined) throw new Refusal('PATH_UNKNOWN');
  reply.header('allow', methods);
  throw new Refusal('METHOD_NOT_ALLOWED');
}

/** Turns a code away that does not come as it has to. @throws Refusal */
export function guardCodePost({ url, headers }: FastifyRequest): void {
  // URLs end up in histories and logs: a code must not be there (OWASP ASVS 14.2.1).
  if (url.includes('?')) throw new Refusal('REQUEST_MALFORMED');
  // A page of another origin cannot set this header unless a CORS preflight lets it.
  if (headers['x-requested-with'] === undefined || headers['x-requested-with'] === '') {
    throw new Refusal('REQUESTED_WITH_MISSING');
  }
  if (!JSON_UTF8.test(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined) {
    throw new Refusal('CONTENT_TYPE_NOT_SUPPORTED');
  }
}
