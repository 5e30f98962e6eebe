import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Secret } from '../domain/secret.ts';
import { TextHmac } from './text-hmac.ts';

/** Bytes of the key that everything is derived from. */
export const AUDIT_KEY_BYTES = 32;

/** Characters of a keyed name: 168 bits, so that two never are the same by chance. */
const NAME_LENGTH = 28;
const ID_LENGTH = 8;

/**
 * The sub-keys of one audit key, by HKDF (RFC 5869), so that no use of one says anything about
 * another. The key's id is derived as well: it cannot be given to another key.
 */
export class AuditKeys {
  readonly id: string;
  readonly #chain: TextHmac;
  readonly #user: KeyObject;
  readonly #token: KeyObject;

  /** @param key base64 or base64url of 32 random bytes */
  constructor(key: Secret) {
    const bytes = Buffer.from(key.reveal(), 'base64');
    if (bytes.length !== AUDIT_KEY_BYTES) throw new Error('An audit key has 32 bytes.');
    this.id = derived(bytes, 'id').export().toString('base64url').slice(0, ID_LENGTH);
    this.#chain = new TextHmac(derived(bytes, 'chain').export());
    this.#user = derived(bytes, 'user');
    this.#token = derived(bytes, 'token');
  }

  /** What ends the line that begins with `body` and follows the line with the tag `previous`. */
  tag(previous: string, body: string): string {
    // Latin-1: lines are ASCII, and whatever else a changed one holds, each byte of it counts.
    return this.#chain.of(`${previous}\n${body}`);
  }

  /** Stands for a user in every line of this key. */
  userHash(userId: string): string {
    return nameOf(this.#user, userId);
  }

  /** Tells two access tokens apart, and one that was found somewhere from all others. */
  tokenFingerprint(accessToken: Secret): string {
    return nameOf(this.#token, accessToken.reveal());
  }
}

function derived(key: Buffer, use: string): KeyObject {
  const info = `tokenvault audit ${use}`;
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, '', info, AUDIT_KEY_BYTES)));
}

function nameOf(key: KeyObject, value: string): string {
  return createHmac('sha256', key).update(value).digest('base64url').slice(0, NAME_LENGTH);
}
