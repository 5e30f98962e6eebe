import type { KeyObject } from 'node:crypto';
import type { LoggedUser, LoggedUsers } from '../domain/logged-users.ts';
import type { Secret } from '../domain/secret.ts';
import { keyedName, SubKeys } from './sub-keys.ts';

/** By one key of the log. */
export class LogKey implements LoggedUsers {
  readonly id: string;
  readonly #user: KeyObject;

  /** @param key base64 or base64url of 32 random bytes */
  constructor(key: Secret) {
    const keys = new SubKeys(key, 'log');
    this.id = keys.id;
    this.#user = keys.of('user');
  }

  of(userId: string): LoggedUser {
    return { user: keyedName(this.#user, userId), userKey: this.id };
  }
}
