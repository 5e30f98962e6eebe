import type { RevocationMarker } from '../../../src/domain/revocation-store.ts';
import type { Stored } from '../../../src/domain/store.ts';
import type { UserRecord } from '../../../src/domain/user-record.ts';
import type { StoredUser } from '../../simulation/history.ts';
import type { UserRest } from '../history/histories.ts';

/** What is left of one user, in the terms of the checkers. */
export function restOf(
  user: string,
  stored: Stored<UserRecord>,
  markers: readonly RevocationMarker[],
): UserRest {
  const own = markers.filter(({ userId }) => userId === user);
  const record = stored.kind === 'present' ? storedUser(stored.record, stored.version) : undefined;
  return {
    users: new Map(record === undefined ? [] : [[user, record]]),
    markers: own.map(({ generation }) => `${user}-${generation}`),
  };
}

function storedUser(record: UserRecord, version: number): StoredUser {
  const { generation, state, consentedAt, providerRevocation, toRevoke, grants } = record;
  return {
    version,
    generation,
    state,
    ...(consentedAt !== undefined && { consentedAt }),
    ...(providerRevocation !== undefined && { providerRevocation }),
    toRevoke: toRevoke.map((token) => token.reveal()),
    grants: [...grants].flatMap(([oauthClient, list]) =>
      list.map(({ refreshToken, scopes, state: grantState }) => ({
        oauthClient,
        refreshToken: refreshToken.reveal(),
        scopes,
        state: grantState,
      })),
    ),
  };
}
