import type { Secret } from './secret.ts';

/**
 * How the service comes by its token for Vault. `mount` is the path of the auth method without
 * `auth/`. Files are named, not quoted: they are read again for each login.
 */
export type VaultAuth =
  /** Taken as it is: nothing asks about it, renews it or replaces it. */
  | { readonly method: 'fixed'; readonly token: Secret }
  | GivenToken
  | AppRoleAuth
  | RoleTokenAuth
  | { readonly method: 'cert'; readonly mount: string; readonly name?: string | undefined };

/** A token that somebody else has made. */
export type GivenToken =
  | { readonly method: 'token'; readonly token: Secret }
  | { readonly method: 'token_file'; readonly token: Secret; readonly file: string };

export interface AppRoleAuth {
  readonly method: 'approle';
  readonly mount: string;
  readonly roleId: string;
  readonly secretIdFile: string;
  /** Where the file holds a wrapping token: the name of the role whose secret id it has to be. */
  readonly wrappedFor?: string | undefined;
}

/** A role, and a token that somebody else has issued. */
export interface RoleTokenAuth {
  readonly method: 'kubernetes' | 'jwt';
  readonly mount: string;
  readonly role: string;
  readonly jwtFile: string;
}

export type VaultLoginMethod = VaultAuth['method'];
