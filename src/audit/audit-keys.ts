import type { KeyObject } from 'node:crypto';
import type { Secret } from '../domain/secret.ts';
import { keyedName, SubKeys } from '../keys/sub-keys.ts';
import { TextHmac } from './text-hmac.ts';

/** The sub-keys of one audit key. */
export class AuditKeys {
  readonly id: string;
  readonly #chain: TextHmac;
  readonly #user: KeyObject;
  readonly #token: KeyObject;

  /** @param key base64 or base64url of 32 random bytes */
  constructor(key: Secret) {
    const keys = new SubKeys(key, 'audit');
    this.id = keys.id;
    this.#chain = new TextHmac(keys.of('chain').export());
    this.#user = keys.of('user');
    this.#token = keys.of('token');
  }

  /** What ends the line that begins with `body` and follows the line with the tag `previous`. */
  tag(previous: string, body: string): string {
    // Latin-1: lines are ASCII, and whatever else a changed one holds, each byte of it counts.
    return this.#chain.of(`${previous}\n${body}`);
  }

  /** Stands for a user in every line of this key. */
  userHash(userId: string): string {
    return keyedName(this.#user, userId);
  }

  /** Tells two access tokens apart, and one that was found somewhere from all others. */
  tokenFingerprint(accessToken: Secret): string {
    return keyedName(this.#token, accessToken.reveal());
  }
}
