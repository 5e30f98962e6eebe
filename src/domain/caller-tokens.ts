import type { Caller } from './caller.ts';
import type { Secret } from './secret.ts';

/** Says whose bearer token it is. */
export interface CallerTokens {
  /**
   * A plain value, and the same object, for a token that is known already. Rejects as it throws.
   * @throws Failure CALLER_CREDENTIAL_INVALID; NOT_READY while there are no keys to check it with, or too many wait for that
   */
  callerOf(token: Secret): Caller | Promise<Caller>;
}
