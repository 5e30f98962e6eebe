import { missingScopes } from './scopes.ts';
import type { Secret } from './secret.ts';

/** Why a refresh token ended. */
export type DeathCause = 'revokedAtGoogle' | 'expired' | 'clientReplaced';

/** One refresh token of a user, for one OAuth client. Times are milliseconds since the epoch. */
export interface Grant {
  /** The client id that it was issued to; it works with no other. */
  readonly clientId: string;
  readonly refreshToken: Secret;
  /** Canonical. */
  readonly scopes: readonly string[];
  readonly obtainedAt: number;
  /** Set where Google said that the refresh token itself expires. Marks nothing dead by itself. */
  readonly expiresAt?: number;
  readonly state: 'live' | 'dead';
  readonly cause?: DeathCause;
}

/** Refresh tokens kept per user and client: Google ends the oldest beyond 100 by itself. */
export const MAX_GRANTS_PER_CLIENT = 3;

/** Dates that are closer than this do not tell which consent is the newer one: clocks differ. */
export const SIDE_BY_SIDE_MS = 10_000;

/**
 * Puts `added` in front, which is the newest for certain. An older grant stays only while it is live
 * and holds a scope that those lack which are newer for certain, so that a narrower consent never
 * takes a scope away.
 */
export function mergeGrant(added: Grant, older: readonly Grant[]): readonly Grant[] {
  const kept = [added];
  for (const grant of older) {
    if (kept.length === MAX_GRANTS_PER_CLIENT) break;
    if (grant.state === 'dead' || grant.clientId !== added.clientId) continue;
    if (grant.refreshToken.equals(added.refreshToken)) continue;
    const newer = kept.filter(
      (one) => one === added || one.obtainedAt - grant.obtainedAt > SIDE_BY_SIDE_MS,
    );
    const covered = newer.flatMap(({ scopes }) => scopes);
    if (missingScopes(grant.scopes, covered).length > 0) kept.push(grant);
  }
  return kept;
}

/**
 * Puts a grant that may not be the newest where its date belongs. It takes nobody's place as long as
 * there is room: those that came meanwhile may work where it does not, and clocks may be wrong about
 * which came first.
 */
export function insertLateGrant(added: Grant, others: readonly Grant[]): readonly Grant[] {
  const kept = others.filter(
    ({ state, refreshToken }) => state === 'live' && !refreshToken.equals(added.refreshToken),
  );
  // Of the same date is the token that took this one's place already, where Google has rotated it.
  const all = [...kept, added].sort((a, b) => b.obtainedAt - a.obtainedAt);
  // The newest says which client the alias stands for.
  const newestFirst = all.filter(({ clientId }) => clientId === all[0]?.clientId);
  return newestFirst.length <= MAX_GRANTS_PER_CLIENT ? newestFirst : withoutOldest(newestFirst);
}

/** Of those that newer ones cover, the oldest goes; else the oldest of all. */
function withoutOldest(newestFirst: readonly Grant[]): readonly Grant[] {
  const isCovered = ({ scopes }: Grant, index: number) =>
    missingScopes(
      scopes,
      newestFirst.slice(0, index).flatMap((newer) => newer.scopes),
    ).length === 0;
  // Where none is, −1 stands for the last.
  const covered = newestFirst.findLastIndex(isCovered);
  return newestFirst.toSpliced(covered, 1);
}

/** The newest live grant that holds all of `scopes`. */
export function coveringGrant(
  grants: readonly Grant[],
  scopes: readonly string[],
): Grant | undefined {
  return grants.find(
    (grant) => grant.state === 'live' && missingScopes(scopes, grant.scopes).length === 0,
  );
}
