import type { Profile } from './profile.ts';
import type { Reason } from './reasons.ts';

/** What ExchangeCode answers, and what a repeat of the same request is answered again. */
export interface ExchangeResponse {
  readonly userId: string;
  readonly profile: Profile;
  /** Canonical. */
  readonly grantedScopes: readonly string[];
  /** When the grant itself ends, where Google said so; milliseconds since the epoch. */
  readonly grantExpireTime?: number;
  readonly refreshTokenKept: boolean;
  /** Of the user's record that it is in. Not stored: a repeat is answered without it. */
  readonly generation?: number;
  /** Whether the name led to another account before. Not stored either. */
  readonly rebound?: boolean;
}

/** The write-ahead record of one code. Times are milliseconds since the epoch. */
export type ExchangeRecord = {
  /** Keyed hash of the caller and of every field: only the same request may learn the outcome. */
  readonly request: string;
  readonly startedAt: number;
} & (
  | { readonly state: 'pending' }
  /** It is certain that the code never left: a repeat may take over. */
  | { readonly state: 'unsent' }
  | { readonly state: 'done'; readonly response: ExchangeResponse }
  | {
      readonly state: 'failed';
      readonly reason: Reason;
      readonly metadata: Readonly<Record<string, string>>;
    }
);
