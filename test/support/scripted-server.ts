import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The body as a form. */
  readonly form: URLSearchParams;
}

export type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

/** An HTTP server on loopback that answers as the test says, and keeps what it received. */
export interface ScriptedServer {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** How every request is answered from now on. */
  answer: Answer;
  close(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (message, response) => {
    let body = '';
    for await (const chunk of message) body += chunk;
    const { method = '', url: path = '', headers } = message;
    const request = { method, path, headers, body, form: new URLSearchParams(body) };
    requests.push(request);
    scripted.answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has an address of this type.
  const { port } = server.address() as AddressInfo;
  const scripted: ScriptedServer = {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: json(404, {}),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return scripted;
}

/** Answers with `body` as JSON, or as it is where it is a string. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(text);
  };
}

/** Answers with a page, as proxies and overloaded front ends do. */
export function html(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  const page = '<html><title>Sorry...</title>We are sorry, but your computer sends queries</html>';
  return json(status, page, { 'content-type': 'text/html', ...headers });
}

/** Breaks the connection instead of an answer. */
export const drop: Answer = (response) => {
  response.socket?.destroy();
};

/** Never answers. */
export const silence: Answer = (response) => {
  response.socket?.unref();
};
