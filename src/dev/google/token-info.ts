import type Provider from 'oidc-provider';
import { INVALID_TOKEN_INFO } from './google-errors.ts';
import { errorReply, json, type Route } from './http.ts';
import type { Project } from './provider.ts';
import { liveAccessToken } from './tokens.ts';
import { emailOf } from './users.ts';

/** `/tokeninfo` for access tokens, in the query, the form or the Authorization header. */
export function tokenInfoRoute(provider: Provider, { users, consents }: Project): Route {
  return async ({ path, query, form, bearer }) => {
    if (path !== '/tokeninfo') return undefined;
    const value = bearer ?? query.get('access_token') ?? form.get('access_token');
    const token = await liveAccessToken(provider, value);
    if (token === undefined) return errorReply(INVALID_TOKEN_INFO);
    const email = token.scope.includes('userinfo.email')
      ? { email: emailOf(users.bySub(token.sub)), email_verified: 'true' }
      : {};
    return json(200, {
      azp: token.clientId,
      aud: token.clientId,
      sub: token.sub,
      scope: token.scope,
      exp: String(token.expiresAt),
      expires_in: String(token.expiresAt - Math.floor(Date.now() / 1000)),
      ...email,
      access_type: consents.givesRefreshToken(token.grantId) ? 'offline' : 'online',
    });
  };
}
