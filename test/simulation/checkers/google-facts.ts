import type { FactOf, History } from '../history.ts';
import { factsOf } from './checker.ts';

/** What Google knows of consents and tokens, ready to be asked. */
export class GoogleFacts {
  readonly #consents: ReadonlyMap<string, FactOf<'consent'>>;
  readonly #refreshTokens: ReadonlyMap<string, FactOf<'refresh-token'>>;
  readonly #accessTokens: ReadonlyMap<string, FactOf<'access-token'>>;
  readonly #ends: ReadonlyMap<string, FactOf<'refresh-token-ended'>>;

  constructor(history: History) {
    this.#consents = new Map(factsOf(history, 'consent').map((fact) => [fact.code, fact]));
    // Of several about one token the first counts: what has ended cannot end again.
    const byToken = <F extends { readonly token: string }>(facts: readonly F[]) =>
      new Map(facts.toReversed().map((fact) => [fact.token, fact]));
    this.#refreshTokens = byToken(factsOf(history, 'refresh-token'));
    this.#accessTokens = byToken(factsOf(history, 'access-token'));
    this.#ends = byToken(factsOf(history, 'refresh-token-ended'));
  }

  consents(): readonly FactOf<'consent'>[] {
    return [...this.#consents.values()];
  }

  consent(code: string): FactOf<'consent'> | undefined {
    return this.#consents.get(code);
  }

  accessToken(token: string): FactOf<'access-token'> | undefined {
    return this.#accessTokens.get(token);
  }

  /** The consent that a refresh token, or the first of those that it took the place of, came with. */
  consentOf(refreshToken: string): FactOf<'consent'> | undefined {
    const fact = this.#refreshTokens.get(refreshToken);
    return fact && this.#consents.get(fact.consent);
  }

  /** How and when a refresh token ended, if it has. */
  end(refreshToken: string): FactOf<'refresh-token-ended'> | undefined {
    return this.#ends.get(refreshToken);
  }

  /** The refresh token that came with a consent, and all that took its place, oldest first. */
  lineOf(code: string): readonly string[] {
    return [...this.#refreshTokens.values()]
      .filter(({ consent }) => consent === code)
      .map(({ token }) => token);
  }
}
