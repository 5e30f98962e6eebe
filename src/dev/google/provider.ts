import { randomBytes } from 'node:crypto';
import type Provider from 'oidc-provider';
import type { Account, Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Clients } from './clients.ts';
import type { Consents } from './consents.ts';
import { loadOidcProvider } from './load-oidc-provider.ts';
import { MapStore } from './map-store.ts';
import { CLAIMS_OF_SCOPE, KNOWN_SCOPES } from './scopes.ts';
import type { Settings } from './settings.ts';
import { signInWithoutBrowser } from './sign-in.ts';
import { rotatingSigningKey, type SigningKeys } from './signing-keys.ts';
import { claimsOf, type Users } from './users.ts';

/** Google's issuer, so that verifiers accept the ID tokens with their default settings. */
const ISSUER = 'https://accounts.google.com';

/** Where users sign in. */
export const AUTHORIZATION_PATH = '/o/oauth2/v2/auth';

const CODE_LIFE_S = 600;
const ID_TOKEN_LIFE_S = 3600;
/** Google ends refresh tokens that were unused for six months. */
const GRANT_LIFE_S = 180 * 86_400;

/** What the parts of the stand-in know together. */
export interface Project {
  readonly clients: Clients;
  readonly users: Users;
  readonly consents: Consents;
  readonly settings: Settings;
  readonly keys: SigningKeys;
}

export interface AuthorizationServer {
  readonly provider: Provider;
  readonly store: MapStore;
}

/** The OAuth state machine: `oidc-provider`, set up to behave as Google where it can be set up. */
export async function createAuthorizationServer(project: Project): Promise<AuthorizationServer> {
  const library = await loadOidcProvider();
  const { ExternalSigningKey, errors, interactionPolicy } = library;
  const store = new MapStore((reason) => new errors.InvalidGrant(reason));
  const provider = new library.default(ISSUER, {
    ...fixedConfiguration(),
    ...signInWithoutBrowser(project, interactionPolicy.Prompt),
    adapter: (model) => store.adapter(model),
    clients: project.clients.metadata(),
    jwks: { keys: [rotatingSigningKey(ExternalSigningKey, project.keys)] },
    ttl: {
      AccessToken: () => project.settings.accessTokenLifeSeconds,
      AuthorizationCode: CODE_LIFE_S,
      Grant: GRANT_LIFE_S,
      IdToken: ID_TOKEN_LIFE_S,
      Interaction: CODE_LIFE_S,
      RefreshToken: GRANT_LIFE_S,
      Session: CODE_LIFE_S,
    },
    issueRefreshToken: (_ctx, _client, code) => project.consents.givesRefreshToken(code.grantId),
    rotateRefreshToken: () => project.settings.rotateRefreshTokens,
    findAccount: (ctx, sub) => accountOf(ctx, sub, project.users),
  });
  acceptEverySecret(provider, project.clients);
  nameTokensAsGoogle(provider);
  return { provider, store };
}

function fixedConfiguration(): Configuration {
  return {
    scopes: [...KNOWN_SCOPES],
    claims: CLAIMS_OF_SCOPE,
    // Google puts email and profile claims into the ID token.
    conformIdTokenClaims: false,
    // An expired token is refused in the second it expires, so that tests need not wait longer.
    clockTolerance: 0,
    pkce: { required: () => false },
    allowOmittingSingleRegisteredRedirectUri: false,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    routes: {
      authorization: AUTHORIZATION_PATH,
      token: '/token',
      userinfo: '/oauth2/v3/userinfo',
      jwks: '/oidc-provider/jwks',
    },
    renderError(ctx, { error, error_description = '' }) {
      ctx.type = 'text';
      ctx.body = `Error ${ctx.status}: ${error}\n${error_description}\n`;
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    },
  };
}

function accountOf(ctx: KoaContextWithOIDC, sub: string, users: Users): Account {
  const claims = { ...claimsOf(users.bySub(sub)), azp: ctx.oidc.client?.clientId };
  return { accountId: sub, claims: () => claims };
}

/** The library's own place for comparing secrets; it knows one, Google two. */
function acceptEverySecret(provider: Provider, clients: Clients): void {
  provider.Client.prototype.compareClientSecret = function compare(this: Client, secret: string) {
    return clients.accepts(this.clientId, secret);
  };
}

/**
 * Google's shapes: `4/…` for codes (whose slash must survive URLs), `ya29.…` and `1//…` for tokens.
 * The library has no setting for it, so its method is wrapped; a test holds the shapes.
 */
function nameTokensAsGoogle(provider: Provider): void {
  prefixIds(provider.AuthorizationCode.prototype, '4/0A');
  prefixIds(provider.AccessToken.prototype, 'ya29.a0A');
  prefixIds(provider.RefreshToken.prototype, '1//0g');
}

function prefixIds(model: object, prefix: string): void {
  const original: unknown = Reflect.get(model, 'generateTokenId');
  if (typeof original !== 'function') throw new Error('oidc-provider has no generateTokenId.');
  Object.defineProperty(model, 'generateTokenId', {
    value: function generateTokenId() {
      return `${prefix}${original.call(this)}`;
    },
  });
}
