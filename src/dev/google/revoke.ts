import type Provider from 'oidc-provider';
import { INVALID_TOKEN, MISSING_TOKEN } from './google-errors.ts';
import { errorReply, json, type Route } from './http.ts';
import { userOfToken } from './tokens.ts';

/**
 * `POST /revoke`: no client authentication, the token in the form or the query, and it ends every
 * token of this user at every client of the project
 * (https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke).
 */
export function revokeRoute(provider: Provider, revokeUser: (sub: string) => void): Route {
  return async ({ method, path, form, query }) => {
    if (path !== '/revoke') return undefined;
    // Google's host answers GET with 404 (googleapis/oauth2client#750).
    if (method !== 'POST') return json(404, { error: 'not_found' });
    const token = form.get('token') ?? query.get('token');
    if (token === null || token === '') return errorReply(MISSING_TOKEN);
    const sub = await userOfToken(provider, token);
    if (sub === undefined) return errorReply(INVALID_TOKEN);
    revokeUser(sub);
    return json(200, {});
  };
}
