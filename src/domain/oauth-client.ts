import type { Secret } from './secret.ts';

/** Where a code comes from; it decides the `redirect_uri` that Google needs with it. */
export type CodeSource = 'mobile' | 'web-popup' | 'web-redirect';

export const CODE_SOURCES: readonly CodeSource[] = ['mobile', 'web-popup', 'web-redirect'];

/** A Google OAuth client of type `web`, as ops configured it under `clients/<alias>`. */
export interface OAuthClient {
  readonly alias: string;
  readonly clientId: string;
  /** Newest first: the current secret, then the previous one while it is still configured. */
  readonly secrets: readonly [Secret, ...Secret[]];
  /** Exact values that a caller may name as `redirect_uri`. */
  readonly redirectUris: readonly string[];
  readonly codeSources: readonly CodeSource[];
  readonly defaultCodeSource: CodeSource;
  /** Changes whenever the stored configuration does. */
  readonly version: number;
}

/** Of a shorter one too much would be told. Google's have 35 characters. */
const SHORTEST_SHOWN = 16;

/** What Google's console shows of a secret: enough to tell two apart. Nothing of one that is short. */
export function secretSuffix(secret: Secret): string {
  const text = secret.reveal();
  return text.length >= SHORTEST_SHOWN ? text.slice(-4) : '';
}

/** The same for a reader's eyes. */
export function shownSecret(secret: Secret): string {
  return `…${secretSuffix(secret)}`;
}

/** Whether Google sees the same in both: the client id, and the secret that is tried first. */
export function hasSameCredentials(one: OAuthClient, other: OAuthClient): boolean {
  return one.clientId === other.clientId && one.secrets[0].equals(other.secrets[0]);
}

export type StoredOAuthClient =
  | { readonly kind: 'present'; readonly client: OAuthClient }
  | { readonly kind: 'absent' }
  /** Something is stored, but not a client; `problem` names keys, never values. */
  | { readonly kind: 'broken'; readonly problem: string };

/** Port: the OAuth clients in ops' config mount, read-only for the service. */
export interface OAuthClientStore {
  /**
   * Reads one client at the active node.
   * @throws Failure STORE_UNAVAILABLE, STORE_ACCESS_LOST
   */
  read(alias: string): Promise<StoredOAuthClient>;
}
