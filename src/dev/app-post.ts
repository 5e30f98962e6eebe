import { request } from 'node:https';
import { text } from 'node:stream/consumers';

export interface CodePost {
  readonly gatewayPort: number;
  /** Authority of the gateway's certificate, PEM. */
  readonly caPem: string;
  /** Of the company's own login. */
  readonly loginToken: string;
  readonly body: { readonly code: string; readonly codeSource: string };
}

/** What the gateway tells an app; fields as in docs/app-side.md. */
export interface CodeAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Posts a code as an app does. */
export function postCode({ gatewayPort, caPem, loginToken, body }: CodePost): Promise<CodeAnswer> {
  return new Promise((resolve, reject) => {
    const post = request(
      {
        host: 'localhost',
        port: gatewayPort,
        path: '/v1/google/code',
        method: 'POST',
        ca: caPem,
        headers: {
          authorization: `Bearer ${loginToken}`,
          'content-type': 'application/json',
          'x-requested-with': 'XmlHttpRequest',
        },
      },
      (response) => {
        text(response)
          .then((answer) => ({ status: response.statusCode ?? 0, body: JSON.parse(answer) }))
          .then(resolve, reject);
      },
    );
    post.on('error', reject);
    post.end(JSON.stringify(body));
  });
}
