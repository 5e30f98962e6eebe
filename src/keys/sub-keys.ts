import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Secret } from '../domain/secret.ts';

/** Of a key that others are derived from. */
const KEY_BYTES = 32;

/** Characters of a keyed name: 168 bits, so that two never are the same by chance. */
const NAME_LENGTH = 28;
const ID_LENGTH = 8;

/**
 * The sub-keys of one key, by HKDF (RFC 5869), so that no use of one says anything about another. The
 * key's id is derived as well: it cannot be given to another key.
 */
export class SubKeys {
  readonly id: string;
  readonly #bytes: Buffer;
  readonly #family: string;

  /**
   * @param key base64 or base64url of 32 random bytes
   * @param family what the key is for; goes into each sub-key
   */
  constructor(key: Secret, family: 'audit' | 'log') {
    this.#bytes = Buffer.from(key.reveal(), 'base64');
    this.#family = family;
    if (this.#bytes.length !== KEY_BYTES) throw new Error(`The key of the ${family} has 32 bytes.`);
    this.id = this.of('id').export().toString('base64url').slice(0, ID_LENGTH);
  }

  of(use: string): KeyObject {
    const info = `tokenvault ${this.#family} ${use}`;
    return createSecretKey(Buffer.from(hkdfSync('sha256', this.#bytes, '', info, KEY_BYTES)));
  }
}

/** What stands for `value` wherever nobody is to read it. */
export function keyedName(key: KeyObject, value: string): string {
  return createHmac('sha256', key).update(value).digest('base64url').slice(0, NAME_LENGTH);
}
