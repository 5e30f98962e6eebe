import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
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
  readonly #key: KeyObject;

  constructor(options: { readonly id: string; readonly key: Secret }) {
    this.id = options.id;
    this.#key = createSecretKey(Buffer.from(options.key.reveal(), 'base64url'));
  }

  of(kind: HashKind, value: string): string {
    return nameOf(this.#digest(kind, value));
  }

  /** `<fan>/<name>`: the fan is the first `digits` hex digits of the name's own HMAC. */
  fanned(kind: HashKind, value: string, digits: number): string {
    const digest = this.#digest(kind, value);
    return `${digest.toString('hex').slice(0, digits)}/${nameOf(digest)}`;
  }

  #digest(kind: HashKind, value: string): Buffer {
    return createHmac('sha256', this.#key).update(`${kind}\0${value}`).digest();
  }
}

function nameOf(digest: Buffer): string {
  return digest.toString('base64url').slice(0, NAME_LENGTH);
}
