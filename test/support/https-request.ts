import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:tls';

/** A server on loopback whose certificate names `localhost`. */
export interface HttpsTarget {
  readonly port: number;
  readonly caPem: string;
}

export interface HttpsRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  /** Breaks the connection off. */
  readonly signal?: AbortSignal | undefined;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request on a connection of its own. */
export function httpsRequest(target: HttpsTarget, options: HttpsRequest): Promise<HttpsAnswer> {
  const { path, method = 'GET', headers = {}, body, signal } = options;
  return new Promise((resolve, reject) => {
    const how = { ...dial(target), path, method, headers, signal, agent: false };
    const sent = request(how, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Writes bytes that no HTTP library would, and gives what came until the server closed. */
export function rawRequest(target: HttpsTarget, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(dial(target));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.write(bytes);
  });
}

function dial({ port, caPem }: HttpsTarget) {
  return { host: 'localhost', servername: 'localhost', port, ca: caPem };
}
