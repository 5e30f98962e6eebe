import { Secret } from './secret.ts';

/** Why an `authorization` holds no token; also what the credential counts as. */
export type BearerFault = 'token_missing' | 'token_form';

/** A compact JWT as bearer token (RFC 6750 section 2.1): three parts of base64url. */
const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/;

/** The token in an `authorization`, of which nothing is checked but the form. */
export function bearerToken(authorization: string | undefined): Secret | BearerFault {
  if (authorization === undefined) return 'token_missing';
  const token = BEARER.exec(authorization)?.[1];
  return token === undefined ? 'token_form' : new Secret(token);
}
