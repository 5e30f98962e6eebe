import type { AccessToken } from './access-token.ts';
import type { TokenVaultError } from './token-vault-error.ts';

/** What tokens are asked for. */
export interface TokenTerms {
  /** At least one. The tokens have exactly these: ask for the least that the work needs. */
  readonly scopes: readonly string[];
  /** The name of the OAuth client that the users gave consent to. Default `default`. */
  readonly oauthClient?: string | undefined;
  /** How long tokens live at least, a tenth less, when they are handed out; 0 to 1 800 000. Default 60 000. */
  readonly minTtlMs?: number | undefined;
}

/** One user's token, or why there is none. */
export type UserToken =
  | { readonly userId: string; readonly token: AccessToken; readonly error?: undefined }
  | { readonly userId: string; readonly token?: undefined; readonly error: TokenVaultError };
