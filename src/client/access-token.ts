/**
 * A token for Google's APIs. The token itself is behind a getter: printed, copied or turned into JSON
 * this object does not show it.
 */
export class AccessToken {
  readonly #accessToken: string;
  /** When it ends. TokenVault hands it out with some time left; a longer job asks for a later one. */
  readonly expireTime: Date;
  /** Exactly those that were asked for, by Google's long names and sorted. */
  readonly scopes: readonly string[];

  constructor(accessToken: string, expireTime: Date, scopes: readonly string[]) {
    this.#accessToken = accessToken;
    this.expireTime = expireTime;
    this.scopes = scopes;
  }

  /** For the header `authorization: Bearer …`. A secret: never log or store it. */
  get accessToken(): string {
    return this.#accessToken;
  }
}
