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

/**
 * Puts `added` in front. An older grant stays only while it is live and holds a scope that the newer
 * ones lack, so that a narrower consent never takes a scope away.
 */
export function mergeGrant(added: Grant, older: readonly Grant[]): readonly Grant[] {
  const kept = [added];
  const covered = new Set(added.scopes);
  for (const grant of older) {
    if (kept.length === MAX_GRANTS_PER_CLIENT) break;
    if (grant.state === 'dead' || grant.clientId !== added.clientId) continue;
    if (grant.refreshToken.equals(added.refreshToken)) continue;
    if (grant.scopes.every((scope) => covered.has(scope))) continue;
    kept.push(grant);
    for (const scope of grant.scopes) covered.add(scope);
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
