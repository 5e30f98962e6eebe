import type { Identity } from './profile.ts';
import type { Secret } from './secret.ts';

export interface IdTokenExpectation {
  /** The `aud` that is accepted: the client id that the code was exchanged for. */
  readonly clientId: string;
  /** The `nonce` of the authorization request, where the caller gave one. */
  readonly nonce?: string;
}

/** Port: checks ID tokens that came straight from the token endpoint. */
export interface IdTokenVerifier {
  /**
   * Makes sure that signing keys are at hand, so that a code is not spent before its answer can be
   * checked. Keys are usable up to 24 h after the last successful fetch.
   * @throws Failure PROVIDER_UNAVAILABLE
   */
  prepare(): Promise<void>;
  /**
   * Signature, `iss`, `aud`, `exp`, `nonce`. An unknown key id costs one refetch, after which the
   * claims alone decide: the token came over TLS from the token endpoint (OIDC Core 3.1.3.7).
   * @returns undefined when the token is not acceptable
   */
  verify(idToken: Secret, expected: IdTokenExpectation): Promise<Identity | undefined>;
}
