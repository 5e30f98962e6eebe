import type { JWK } from 'jose';
import type { SigningKeys } from './issuer-keys.ts';
import { jsonWebKeys } from './json-web-keys.ts';

/** Keys that an operator has written down, where the issuer's own place is not to be reached. */
export class FixedKeys implements SigningKeys {
  readonly usable = true;
  readonly #keys: ReadonlyMap<string, JWK>;

  /** @param text a JWK set (RFC 7517 section 5) @throws Error where it has no key that is of use */
  constructor(text: string) {
    const keys = keysIn(text);
    if (keys === undefined) throw new Error('no JWK set with a key for signatures');
    this.#keys = keys;
  }

  async ready(): Promise<boolean> {
    return true;
  }

  holds(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  async find(keyId: string): Promise<JWK | undefined> {
    return this.#keys.get(keyId);
  }

  async close(): Promise<void> {
    // There is no connection.
  }
}

/** By key id; undefined where `text` is no JWK set, or has no key that is of use. */
export function keysIn(text: string): ReadonlyMap<string, JWK> | undefined {
  try {
    return jsonWebKeys(JSON.parse(text))?.keys;
  } catch {
    return undefined;
  }
}
