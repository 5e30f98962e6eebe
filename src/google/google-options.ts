/** Where Google is, and how long we wait for it. */
export interface GoogleOptions {
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  /** The signing keys as PEM, by key id (Google's `/oauth2/v1/certs`). */
  readonly certsUrl: string;
  /** The `iss` of ID tokens; Google writes it with and without `https://`. */
  readonly issuers: readonly string[];
  /** Of a refresh, a revocation, a fetch of the keys, and of any connection being made. */
  readonly requestTimeoutMs: number;
  /** Of the exchange of a code, which cannot be repeated and so is given more time. */
  readonly exchangeTimeoutMs: number;
  /** How long signing keys are used after their last fetch, while a newer one fails. */
  readonly signingKeysMaxAgeMs: number;
}
