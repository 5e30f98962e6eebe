/**
 * A keyed one-way name for an identifier, so that none stands in a Vault path or a revocation entry: `base64url(HMAC-SHA256(path key, kind ‖ 0x00 ‖ value))`, 28 characters.
 */
export interface KeyedHash {
  /** Equal `kind` and `value` give equal names on every replica of one Vault mount. */
  of(kind: HashKind, value: string): string;
}

export type HashKind = 'user' | 'link' | 'exchange' | 'exchange-request' | 'log' | 'page-token';
