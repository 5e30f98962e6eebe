import type { IdTokenVerifier } from '../../../src/domain/id-token-verifier.ts';
import type { OAuthProvider } from '../../../src/domain/oauth-provider.ts';
import { Secret } from '../../../src/domain/secret.ts';

export interface ContractClient {
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly redirectUris: readonly string[];
}

/** The clients that a subject must know; both belong to one project. */
export const WEB: ContractClient = {
  clientId: 'web.example',
  clientSecret: new Secret('the secret of web'),
  redirectUris: ['https://app.example/callback'],
};
export const OTHER: ContractClient = {
  clientId: 'other.example',
  clientSecret: new Secret('the secret of other'),
  redirectUris: ['https://other.example/callback'],
};

export interface ContractCode {
  readonly clientId: string;
  readonly sub: string;
  readonly scopes: readonly string[];
  /** Empty as for mobile apps, `postmessage`, or one of the client's. */
  readonly redirectUri: string;
  readonly nonce?: string;
  readonly codeVerifier?: string;
  /** Whether the user saw the consent screen again. */
  readonly consentAgain?: boolean;
}

/** A provider, and the hands of its user. */
export interface OAuthProviderSubject {
  readonly provider: OAuthProvider;
  readonly verifier: IdTokenVerifier;
  mintCode(code: ContractCode): Promise<Secret>;
  revokeUser(sub: string): Promise<void>;
  rotateRefreshTokens(on: boolean): void;
  close(): Promise<void>;
}
