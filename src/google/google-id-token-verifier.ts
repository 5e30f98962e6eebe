import { OAuth2Client } from 'google-auth-library';
import type { Clock } from '../domain/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { IdTokenExpectation, IdTokenVerifier } from '../domain/id-token-verifier.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Identity } from '../domain/profile.ts';
import type { Secret } from '../domain/secret.ts';
import type { Traces } from '../domain/traces.ts';
import { BoundedHttp } from '../http/bounded-http.ts';
import type { GoogleOptions } from './google-options.ts';
import { identityFrom } from './id-token-claims.ts';
import { SigningKeys, type SigningKeysOptions } from './signing-keys.ts';
import { unverifiedJwt } from './unverified-jwt.ts';

/** What Google signs ID tokens with (its discovery document). */
const ALGORITHM = 'RS256';

export interface GoogleIdTokenVerifierDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly traces?: Traces | undefined;
}

/** Checks Google's ID tokens with google-auth-library, over signing keys that we keep ourselves. */
export class GoogleIdTokenVerifier implements IdTokenVerifier {
  readonly #issuers: readonly string[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #http: BoundedHttp;
  readonly #keys: SigningKeys;
  /** Used for its public check alone, which does no I/O. */
  readonly #library = new OAuth2Client();

  constructor(
    options: Pick<GoogleOptions, 'issuers'> & SigningKeysOptions,
    deps: GoogleIdTokenVerifierDeps,
  ) {
    this.#issuers = options.issuers;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#http = new BoundedHttp({ connectTimeoutMs: options.requestTimeoutMs }, deps);
    this.#keys = new SigningKeys(options, { ...deps, http: this.#http });
  }

  async prepare(): Promise<void> {
    if (await this.#keys.ready()) return;
    throw new Failure('PROVIDER_UNAVAILABLE', { detail: 'Google’s signing keys cannot be had.' });
  }

  async verify(idToken: Secret, expected: IdTokenExpectation): Promise<Identity | undefined> {
    const jwt = unverifiedJwt(idToken.reveal());
    if (jwt?.algorithm !== ALGORITHM) return this.#rejected('form');
    const pem = await this.#keys.find(jwt.keyId);
    if (pem === undefined) this.#logger.warn('id_token_key_unknown');
    const check = { ...expected, issuers: this.#issuers, now: this.#clock.now() };
    // First, because the library looks at claims too, and does not tell what it found wrong.
    const identity = identityFrom(jwt.payload, check);
    if (identity === undefined) return this.#rejected('claims');
    if (pem === undefined) return identity;
    const key = { keyId: jwt.keyId, pem };
    const signed = await this.#isSigned(idToken, key, expected.clientId);
    return signed ? identity : this.#rejected('signature');
  }

  /** Ends the connections. */
  close(): Promise<void> {
    return this.#http.close();
  }

  async #isSigned(
    idToken: Secret,
    key: { readonly keyId: string; readonly pem: string },
    clientId: string,
  ): Promise<boolean> {
    try {
      const certs = { [key.keyId]: key.pem };
      const issuers = [...this.#issuers];
      const jwt = idToken.reveal();
      await this.#library.verifySignedJwtWithCertsAsync(jwt, certs, clientId, issuers);
      return true;
    } catch {
      // The library's messages hold the token, so none of them is kept.
      return false;
    }
  }

  #rejected(check: 'form' | 'signature' | 'claims'): undefined {
    this.#logger.warn('id_token_rejected', { check });
    return undefined;
  }
}
