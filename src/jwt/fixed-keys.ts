import type { JWK } from 'jose';
import type { SigningKeys } from './issuer-keys.ts';
import { jsonWebKeys } from './json-web-keys.ts';

/** Keys that an operator has written down, where the issuer's own place is not to be reached. */
export class FixedKeys implements SigningKeys {
  readonly usable = true;
  readonly #keys: ReadonlyMap<string, JWK>;

  /** @param keys by key id */
  constructor(keys: ReadonlyMap<string, JWK>) {
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

/** By key id; undefined where `text` is no JWK set (RFC 7517), or has no key that is of use. */
export function keysIn(text: string): ReadonlyMap<string, JWK> | undefined {
  try {
    return jsonWebKeys(JSON.parse(text))?.keys;
  } catch {
    // The parser's own words quote the file.
    return undefined;
  }
}
