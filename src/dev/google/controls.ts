import type { Faults } from './faults.ts';
import type { MintOptions } from './mint.ts';
import type { RequestLog } from './request-log.ts';
import type { RateLimit } from './throttle.ts';

/** What a test or a person may do to the stand-in while it runs. */
export interface StandInControls {
  readonly faults: Faults;
  readonly requests: RequestLog;
  /** A code as after a finished sign-in. @throws Error for an unknown client */
  mintCode(options: MintOptions): Promise<string>;
  /** The user takes back all access, as on myaccount.google.com. */
  revokeUser(sub: string): Promise<void>;
  /** The token endpoint answers 429 with Retry-After beyond it; undefined lifts it. */
  limitRate(limit: RateLimit | undefined): void;
  /** For tokens from now on. @throws RangeError unless a whole number of seconds, at least 1 */
  setAccessTokenLife(seconds: number): void;
  rotateRefreshTokens(on: boolean): void;
  /** New ID tokens are signed with a new key; the old keys stay published. */
  rotateSigningKey(): void;
  /** The secrets that are enabled, at most two. @throws Error for an unknown client or a third one */
  setClientSecrets(clientId: string, secrets: readonly string[]): void;
}
