import { json, type Route } from './http.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Google's own header on this page, with about the life it gives its keys. */
const CACHEABLE = { 'cache-control': 'public, max-age=20000, must-revalidate, no-transform' };

/** The public signing keys, once as JWKS and once as PEM by key id. */
export function certsRoute(keys: SigningKeys): Route {
  return ({ path }) => {
    if (path === '/oauth2/v3/certs') return json(200, keys.jwks(), CACHEABLE);
    if (path === '/oauth2/v1/certs') return json(200, keys.pems(), CACHEABLE);
    return undefined;
  };
}
