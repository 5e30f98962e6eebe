import type { Grant } from './grant.ts';
import type { Secret } from './secret.ts';

export type UserState = 'active' | 'revoking' | 'revoked';

/** How Google answered the last revocation. */
export type ProviderRevocation = 'confirmed' | 'pending' | 'nothing_to_revoke' | 'unconfirmed';

/** Everything that is stored about one user: one record, one compare-and-set domain. */
export interface UserRecord {
  /** Google's `sub`. */
  readonly userId: string;
  /** The caller's own name for the user. */
  readonly externalUserId?: string;
  readonly hostedDomain?: string;
  /** Rises by one with every revocation and with every exchange that is answered OK. */
  readonly generation: number;
  readonly state: UserState;
  /** When the newest consent was exchanged, milliseconds since the epoch. */
  readonly consentedAt?: number;
  /** When the last revocation began, milliseconds since the epoch. */
  readonly revokeTime?: number;
  /** Position of the revocation log at the last revocation; stays when a consent follows. */
  readonly revokedPosition?: number;
  readonly providerRevocation?: ProviderRevocation;
  /** Refresh tokens that came too late to be stored and that the running revocation takes along. */
  readonly toRevoke: readonly Secret[];
  /** By OAuth client alias, newest first. */
  readonly grants: ReadonlyMap<string, readonly Grant[]>;
}

/** Of tokens that came too late, the newest that are kept for a running revocation. */
export const MAX_TO_REVOKE = 10;

/**
 * The record of a user of whom nothing readable is stored. `generation` must be the version that the
 * store counts, so that generations never go back.
 */
export function newUserRecord(userId: string, generation: number): UserRecord {
  return { userId, generation, state: 'revoked', toRevoke: [], grants: new Map() };
}

/** The record with `token` among those that its revocation must send to Google. */
export function withTokenToRevoke(record: UserRecord, token: Secret): UserRecord {
  if (record.toRevoke.some((held) => held.equals(token))) return record;
  return { ...record, toRevoke: [token, ...record.toRevoke].slice(0, MAX_TO_REVOKE) };
}

/** Every refresh token of the record, each once: what a revocation sends to Google. */
export function refreshTokensOf(record: UserRecord): readonly Secret[] {
  const granted = [...record.grants.values()].flat().map((grant) => grant.refreshToken);
  const byValue = new Map([...granted, ...record.toRevoke].map((token) => [token.reveal(), token]));
  return [...byValue.values()];
}
