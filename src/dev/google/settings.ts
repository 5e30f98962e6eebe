/** Google says 3599: a token that lives an hour, a second after it was made. */
const GOOGLE_ACCESS_TOKEN_LIFE_S = 3599;

/** What can be changed while the stand-in runs. */
export class Settings {
  #accessTokenLifeS = GOOGLE_ACCESS_TOKEN_LIFE_S;
  /** Whether each refresh replaces the refresh token; Google does not, RFC 6749 section 6 allows it. */
  rotateRefreshTokens = false;

  get accessTokenLifeSeconds(): number {
    return this.#accessTokenLifeS;
  }

  /** @throws RangeError unless a whole number of seconds, at least one */
  set accessTokenLifeSeconds(seconds: number) {
    if (!Number.isSafeInteger(seconds) || seconds < 1) {
      throw new RangeError('The life of access tokens is a whole number of seconds, at least 1.');
    }
    this.#accessTokenLifeS = seconds;
  }
}
