import { randomBytes } from 'node:crypto';
import type { TappedRequest, TapReply, TapVerdict } from './wire-tap.ts';

type Answer = (request: TappedRequest) => TapVerdict;

/** Answers of Google that bring back all that they were sent, and tokens besides. */
export const LEAKY_GOOGLE: readonly Answer[] = [
  ({ body }) => json(400, { error: 'invalid_request', error_description: body }),
  ({ body }) => json(400, { error: body, error_subtype: body }),
  ({ body }) => json(401, { error: 'invalid_grant', error_uri: body }),
  ({ body }) => json(403, { error: 'access_denied', error_description: body }),
  ({ body }) => ({ status: 500, body: `<html>${body}</html>` }),
  ({ body }) => ({ status: 200, body: `${body} is no JSON` }),
  ({ body }) => json(200, { access_token: body, token_type: 'Bearer', expires_in: -5 }),
  ({ body }) => json(200, { ...tokens(), id_token: `${body}.${body}.${body}`, scope: body }),
  () => json(200, { ...tokens(), scope: 'openid' }),
  () => 'drop',
];

/** Answers of Vault that do the same. */
export const LEAKY_VAULT: readonly Answer[] = [
  ...[400, 403, 404, 412, 429, 500, 503].map(
    (status): Answer =>
      ({ path, body }) =>
        json(status, { errors: [`${path} ${body}`] }),
  ),
  ({ body }) => ({ status: 200, body: `${body} is no JSON` }),
  ({ body }) => json(200, { data: { data: { record: body }, metadata: { version: body } } }),
  () => 'drop',
];

/** Answers of Vault that hold what was asked for, and are broken. */
export const LEAKY_RECORDS: readonly Answer[] = [
  ({ reply }) => json(500, { errors: [reply] }),
  ({ reply = '' }) => ({ status: 200, body: reply.slice(0, -5) }),
  ({ reply = '' }) => ({ status: 200, body: reply.replaceAll('schema', 'skema') }),
  ({ reply }) => json(200, { data: { data: { record: reply }, metadata: { version: 1 } } }),
];

export function json(status: number, body: object): TapReply {
  return { status, body: JSON.stringify(body) };
}

/** The tokens that Google gave, by what they are. What only echoes a request is no token of its own. */
export function tokensIn(replies: readonly TappedRequest[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { reply = '' } of replies) {
    for (const kind of ['access', 'refresh', 'id']) {
      const [, token] = new RegExp(`"${kind}_token":\\s*"([\\w.~/-]{20,})"`).exec(reply) ?? [];
      if (token !== undefined) found.set(token, `${kind} token`);
    }
  }
  return found;
}

function tokens() {
  const token = () => randomBytes(30).toString('base64url');
  return {
    access_token: token(),
    refresh_token: token(),
    token_type: 'Bearer',
    expires_in: 3_599,
  };
}
