import { createHmac } from 'node:crypto';
import type { HashKind, KeyedHash } from '../domain/keyed-hash.ts';
import type { Secret } from '../domain/secret.ts';

/** Characters of a keyed name: 168 bits, so that two identifiers never share one. */
const NAME_LENGTH = 28;

/**
 * The key that turns identifiers into opaque path segments. It is made once by `tokenvault init` and
 * is fixed for the mount's life: with another key no record would be found again.
 */
export class PathKey implements KeyedHash {
  /** Written into every record, so that a record of another key is noticed. */
  readonly id: string;
  readonly #key: Secret;

  constructor(options: { readonly id: string; readonly key: Secret }) {
    this.id = options.id;
    this.#key = options.key;
  }

  of(kind: HashKind, value: string): string {
    return this.#digest(kind, value).toString('base64url').slice(0, NAME_LENGTH);
  }

  /** The first `digits` hex digits of the same HMAC: the folder that the record is in. */
  fan(kind: HashKind, value: string, digits: number): string {
    return this.#digest(kind, value).toString('hex').slice(0, digits);
  }

  #digest(kind: HashKind, value: string): Buffer {
    return createHmac('sha256', Buffer.from(this.#key.reveal(), 'base64url'))
      .update(kind)
      .update('\0')
      .update(value)
      .digest();
  }
}
