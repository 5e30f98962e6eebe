import type Provider from 'oidc-provider';
import type { Project } from './provider.ts';
import { canonicalScope, DEFAULT_SCOPES } from './scopes.ts';

/** A code as the app would get it after a sign-in that nobody had to click through. */
export interface MintOptions {
  readonly clientId: string;
  /** Default: the first user. A user that does not exist yet comes into being. */
  readonly sub?: string;
  /** What the user granted. Default: openid, email, profile and the Drive app folder. */
  readonly scopes?: readonly string[];
  /** Where the code comes from, which decides the `redirect_uri` that its exchange must send. */
  readonly source?: 'mobile' | 'postmessage' | 'redirect';
  /** For `redirect` (default: the client's first), or the page origin of a `postmessage` code. */
  readonly redirectUri?: string;
  /** PKCE challenge, method S256. */
  readonly codeChallenge?: string;
  readonly nonce?: string;
  /** Default `offline`, as for mobile and popup codes. */
  readonly accessType?: 'offline' | 'online';
  /** With `consent` the user sees the consent screen again, and a refresh token comes again. */
  readonly prompt?: string;
  /** Default 600; zero or less makes a code that is dead already. */
  readonly ttlSeconds?: number;
}

/** Stands for the empty `redirect_uri` of mobile codes: oidc-provider takes empty for absent. */
export const EMPTY_REDIRECT_URI = 'urn:stand-in:empty-redirect-uri';

/** @throws Error for an unknown client */
export async function mintCode(
  { provider, project }: { provider: Provider; project: Project },
  options: MintOptions,
): Promise<string> {
  const { clientId, accessType = 'offline', prompt = '', ttlSeconds } = options;
  project.clients.get(clientId);
  const client = await provider.Client.find(clientId);
  if (client === undefined) throw new Error(`oidc-provider has no client ${clientId}.`);
  const { sub } = project.users.bySub(options.sub);
  const scope = canonicalScope((options.scopes ?? DEFAULT_SCOPES).join(' '));
  const grant = new provider.Grant({ accountId: sub, clientId });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  project.consents.record(grantId, { clientId, sub, scope, accessType, prompt });
  const code = new provider.AuthorizationCode({
    client,
    accountId: sub,
    grantId,
    gty: 'authorization_code',
    scope,
    redirectUri: redirectUriOf(options, client.redirectUris?.[0]),
    authTime: Math.floor(Date.now() / 1000),
    ...(options.nonce === undefined ? {} : { nonce: options.nonce }),
    ...(options.codeChallenge === undefined
      ? {}
      : { codeChallenge: options.codeChallenge, codeChallengeMethod: 'S256' }),
    // Zero would mean the default life.
    ...(ttlSeconds === undefined ? {} : { expiresIn: ttlSeconds > 0 ? ttlSeconds : -1 }),
  });
  return code.save();
}

function redirectUriOf(options: MintOptions, registered: string | undefined): string | undefined {
  switch (options.source ?? 'mobile') {
    case 'mobile':
      return EMPTY_REDIRECT_URI;
    case 'postmessage':
      return options.redirectUri ?? 'postmessage';
    case 'redirect':
      return options.redirectUri ?? registered;
  }
}
