import type { Secret } from '../../domain/secret.ts';
import type { VaultLoginMethod } from '../../domain/vault-auth.ts';
import type { VaultClient } from '../vault-client.ts';

/** What Vault gave. */
export interface Granted {
  readonly token: Secret;
  /** Infinite where it does not end. */
  readonly leaseMs: number;
  readonly renewable: boolean;
  /** What somebody has to see to although there is a token: a sentence that says what to do. */
  readonly problem?: string | undefined;
}

/** Runs `act` with a client of the active node that shows `token`, or none, and closes it. */
export type AskVault = <T>(
  token: Secret | undefined,
  act: (client: VaultClient) => Promise<T>,
) => Promise<T>;

/** Gives a file's text, or throws. */
export type ReadFile = (path: string) => string;

export interface LoginDependencies {
  readonly ask: AskVault;
  readonly readFile: ReadFile;
}

/** One way to a token. */
export interface LoginMethod {
  readonly name: VaultLoginMethod;
  /**
   * Whether each login makes a token of our own, which we end when it is no longer needed. A token
   * that was given to us may be somebody else's too.
   */
  readonly makesTokens: boolean;
  /** Whether Vault locks out everybody of the same role after some refused logins. */
  readonly locksOut: boolean;
  /** Reads its files again. @throws LoginFault */
  login(): Promise<Granted>;
  /** Whether its files now say something else than at the last login. */
  hasNewCredentials(): boolean;
}
