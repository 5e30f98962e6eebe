import type { Configuration, interactionPolicy, KoaContextWithOIDC } from 'oidc-provider';
import type { Consents } from './consents.ts';
import type { Users } from './users.ts';

interface Parties {
  readonly users: Users;
  readonly consents: Consents;
}

/**
 * Sign-in without a browser: the authorization endpoint signs in the user that `login_hint` names
 * (or the first one), consents to everything, and redirects at once with the code. The library
 * still checks client, redirect URI, response type and PKCE.
 */
export function signInWithoutBrowser(
  parties: Parties,
  Prompt: typeof interactionPolicy.Prompt,
): Configuration {
  return {
    extraParams: {
      // The one hook that runs after the request was checked and before the account is looked up.
      access_type: (ctx) => signIn(ctx, parties.users),
      include_granted_scopes: null,
    },
    loadExistingGrant: (ctx) => consent(ctx, parties.consents),
    interactions: { policy: ['login', 'consent', 'select_account'].map(silent) },
  };

  /** A prompt that a request may name, but with nothing to ask. */
  function silent(name: string): interactionPolicy.Prompt {
    const prompt = new Prompt({ name, requestable: true });
    prompt.checks.clear();
    return prompt;
  }
}

function signIn({ oidc }: KoaContextWithOIDC, users: Users): void {
  const user = users.byLoginHint(text(oidc.params?.login_hint) || undefined);
  oidc.session?.loginAccount({ accountId: user.sub });
}

async function consent({ oidc }: KoaContextWithOIDC, consents: Consents) {
  const { params = {}, account, client } = oidc;
  if (account === undefined || client === undefined) return undefined;
  const scope = text(params.scope);
  const grant = new oidc.provider.Grant({
    accountId: account.accountId,
    clientId: client.clientId,
  });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  consents.record(grantId, {
    clientId: client.clientId,
    sub: account.accountId,
    scope,
    accessType: text(params.access_type) || 'online',
    prompt: text(params.prompt),
  });
  return grant;
}

function text(param: unknown): string {
  return typeof param === 'string' ? param : '';
}
