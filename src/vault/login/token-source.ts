import type { Secret } from '../../domain/secret.ts';
import type { GivenToken } from '../../domain/vault-auth.ts';
import { LoginFault } from './login-fault.ts';

/** The token that all requests to Vault show. */
export interface TokenSource {
  /** Asked for each request; undefined before `start`. */
  readonly token: Secret | undefined;
  /** Until it ends unless it is renewed; infinite where it does not, or nobody knows. */
  readonly tokenLeftMs: number;
  /** Gets the first token. @throws LoginFault */
  start(): Promise<void>;
  /**
   * Called when Vault does not know `dead` any more. Any number of callers cause one login.
   * @returns why there is no other token yet; undefined where there is one
   */
  replace(dead: Secret | undefined): Promise<LoginFault | undefined>;
  /** Tries at once a login that waits because others were refused. */
  retryNow(): void;
  /** Goes on with a token that the configuration names now, and that was checked. */
  take(given: GivenToken): void;
  /** Ends the tokens that were made here. */
  stop(): Promise<void>;
}

/** A token that somebody else looks after. */
export class FixedToken implements TokenSource {
  readonly tokenLeftMs = Infinity;
  token: Secret;

  constructor(token: Secret) {
    this.token = token;
  }

  async start(): Promise<void> {
    // It is here from the beginning.
  }

  async replace(): Promise<LoginFault | undefined> {
    return new LoginFault('no_credentials', 'Give the service a valid token.');
  }

  retryNow(): void {
    // There is no login.
  }

  take({ token }: GivenToken): void {
    this.token = token;
  }

  async stop(): Promise<void> {
    // It is not ours to end.
  }
}
