import type { KeyedHash } from './keyed-hash.ts';

/** How a user stands in a line of the log. A type, so that it may be spread into its fields. */
export type LoggedUser = {
  /** A keyed hash: the same in every line of one key, on every replica. */
  readonly user: string;
  /** Which key it is made with. */
  readonly userKey: string;
};

/** Gives users the form in which they are logged. */
export interface LoggedUsers {
  of(userId: string): LoggedUser;
}

/** By the path key: where Vault has no key for the log yet. */
export function loggedByPathKey(keyedHash: KeyedHash): LoggedUsers {
  return { of: (userId) => ({ user: keyedHash.of('log', userId), userKey: 'path-key' }) };
}
