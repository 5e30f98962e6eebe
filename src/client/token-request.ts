import { canonicalScopes } from '../domain/scopes.ts';

/** Whose token, and what it may do. */
export interface TokenSubject {
  /** The user's `userId` from ExchangeCode: Google's `sub`. */
  readonly userId: string;
  /** At least one. The token has exactly these: ask for the least that the work needs. */
  readonly scopes: readonly string[];
  /** The name of the OAuth client that the user gave consent to. Default `default`. */
  readonly oauthClient?: string | undefined;
}

/** What a token is asked for with. */
export interface TokenRequest extends TokenSubject {
  /**
   * How long the token lives at least, 0 to 1 800 000; a token that Google has just made is given
   * however long it lives. Default 60 000, and while TokenVault cannot be asked less than that will do.
   */
  readonly minTtlMs?: number | undefined;
}

/** What `getAccessToken` takes. */
export interface AccessTokenRequest extends TokenRequest {
  /**
   * A token from here that Google has refused with 401: TokenVault is told, and gives another one. It
   * hears of each token once, however many calls report it.
   */
  readonly rejectedToken?: string | undefined;
}

/** What an `oauthClient` that is not named means. */
const DEFAULT_OAUTH_CLIENT = 'default';

/**
 * Distinct tokens have distinct texts: what TokenVault answers at all has no line break in any part.
 * Each begins with `userKeyText` of its user.
 */
export function tokenKeyText({ userId, scopes, oauthClient }: TokenSubject): string {
  const client = oauthClient || DEFAULT_OAUTH_CLIENT;
  const canonical = canonicalScopes(scopes);
  // With their number, so that a line break in one does not make it look like two.
  return `${userKeyText(userId)}${client}\n${canonical.length}\n${canonical.join('\n')}`;
}

export function userKeyText(userId: string): string {
  return `${userId}\n`;
}
