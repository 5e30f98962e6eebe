import type { Stored } from '../domain/store.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { GrantView, UserView } from './token-vault.ts';

/** What callers are told of a record: everything but its tokens. */
export function userViewOf({
  record,
  writtenAt,
}: Extract<Stored<UserRecord>, { readonly kind: 'present' }>): UserView {
  return {
    userId: record.userId,
    externalUserId: record.externalUserId,
    hostedDomain: record.hostedDomain,
    generation: record.generation,
    state: record.state,
    grants: [...record.grants].flatMap(([oauthClient, grants]) =>
      grants.map(
        ({ scopes, state, cause, obtainedAt, expiresAt }): GrantView => ({
          oauthClient,
          scopes,
          state,
          cause,
          createTime: obtainedAt,
          expireTime: expiresAt,
        }),
      ),
    ),
    revokeTime: record.revokeTime,
    providerRevocation: record.providerRevocation,
    updateTime: writtenAt,
  };
}
