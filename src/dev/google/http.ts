import { IncomingMessage } from 'node:http';
import type Provider from 'oidc-provider';
import type { GoogleError } from './google-errors.ts';

type Middleware = Parameters<Provider['use']>[0];
export type Context = Parameters<Middleware>[0];
export type Next = Parameters<Middleware>[1];

const MAX_BODY_BYTES = 64 * 1024;

/** A request to the stand-in, read once: for the log, the faults and the routes. */
export interface StandInRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Fields of a form body; empty for any other body. */
  readonly form: URLSearchParams;
  readonly body: string;
  /** Whether a browser asks for something that it will show to a person. */
  readonly showsPages: boolean;
  /** The value after `Bearer `. */
  readonly bearer?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers the requests that are its own and leaves the others alone. */
export type Route = (request: StandInRequest) => Promise<Reply | undefined> | Reply | undefined;

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: `${JSON.stringify(body, null, 2)}\n`,
  };
}

export function errorReply({ status, ...body }: GoogleError): Reply {
  return json(status, body);
}

/** Undefined for a body of more than 64 KiB. */
export async function readRequest(incoming: IncomingMessage): Promise<StandInRequest | undefined> {
  const body = await readBody(incoming);
  if (body === undefined) return undefined;
  const { pathname, searchParams } = new URL(`http://stand-in${incoming.url ?? '/'}`);
  const isForm = incoming.headers['content-type']?.includes('x-www-form-urlencoded') === true;
  const bearer = /^Bearer (.+)$/i.exec(incoming.headers.authorization ?? '')?.[1];
  return {
    method: incoming.method ?? 'GET',
    path: pathname,
    query: searchParams,
    form: new URLSearchParams(isForm ? body : ''),
    body,
    showsPages: incoming.headers.accept?.includes('text/html') === true,
    ...(bearer === undefined ? {} : { bearer }),
  };
}

/** The same request once more, with this URL and body: its own body was read to the end. */
export function replay(
  incoming: IncomingMessage,
  { url, body }: { url: string; body: string },
): IncomingMessage {
  const again = new IncomingMessage(incoming.socket);
  const { 'transfer-encoding': _chunked, 'content-length': _length, ...headers } = incoming.headers;
  const length = String(Buffer.byteLength(body));
  again.method = incoming.method;
  again.url = url;
  again.headers = body === '' ? headers : { ...headers, 'content-length': length };
  again.complete = true;
  again.push(body);
  again.push(null);
  return again;
}

export function send(ctx: Context, reply: Reply): void {
  ctx.status = reply.status;
  ctx.body = reply.body;
  for (const [name, value] of Object.entries(reply.headers ?? {})) ctx.set(name, value);
}

async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    // Read on and keep nothing: a connection with an unread body cannot carry the answer.
    if (size <= MAX_BODY_BYTES) chunks.push(bytes);
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}
