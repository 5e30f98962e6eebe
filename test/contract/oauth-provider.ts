import { afterEach, beforeEach, describe } from 'vitest';
import { exchangeContract } from './oauth-provider/exchange.ts';
import { grantContract } from './oauth-provider/grant.ts';
import { Hands } from './oauth-provider/hands.ts';
import { identityContract } from './oauth-provider/identity.ts';
import type { OAuthProviderSubject } from './oauth-provider/subject.ts';

/** What every provider behind the ports OAuthProvider and IdTokenVerifier does. */
export function oauthProviderContract(
  name: string,
  makeSubject: () => Promise<OAuthProviderSubject>,
): void {
  describe(`${name} as an OAuth provider`, () => {
    let subject: OAuthProviderSubject;

    beforeEach(async () => {
      subject = await makeSubject();
    });

    afterEach(() => subject.close());

    const hands = new Hands(() => subject);
    exchangeContract(hands);
    grantContract(hands);
    identityContract(hands);
  });
}
