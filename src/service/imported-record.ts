import { Failure } from '../domain/failure.ts';
import type { Grant } from '../domain/grant.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { ImportGrantRequest } from './token-vault.ts';

interface Imported {
  readonly request: ImportGrantRequest;
  readonly grant: Grant;
  readonly hostedDomain: string | undefined;
}

/** @param record of a user who never had one: all others have a generation */
export function imported(
  record: UserRecord,
  { request, grant, hostedDomain }: Imported,
): UserRecord {
  if (record.generation > 0) throw taken(record);
  const { oauthClient, externalUserId, consentTime } = request;
  return {
    ...record,
    ...(externalUserId === undefined ? {} : { externalUserId }),
    ...(hostedDomain === undefined ? {} : { hostedDomain }),
    generation: record.generation + 1,
    state: 'active',
    // Not the time of the import: no revocation that was asked for before it may pass it by.
    ...(consentTime === undefined ? {} : { consentedAt: consentTime }),
    grants: new Map([[oauthClient, [grant]]]),
  };
}

/** The record with its name, where the very token is in it and it has none or the same. */
export function withImportedName(record: UserRecord, request: ImportGrantRequest): UserRecord {
  const { externalUserId } = request;
  sameGrant(record, request);
  return externalUserId === undefined ? record : { ...record, externalUserId };
}

/**
 * The grant with the very token, in a record that carries no other name than the one that is given.
 * @throws Failure where there is none: nothing of the record may be changed
 */
export function sameGrant(record: UserRecord, request: ImportGrantRequest): Grant {
  const { oauthClient, refreshToken, externalUserId } = request;
  const grants = record.grants.get(oauthClient) ?? [];
  const same = grants.find((grant) => grant.refreshToken.equals(refreshToken));
  const hasOtherName =
    externalUserId !== undefined && (record.externalUserId ?? externalUserId) !== externalUserId;
  if (record.state !== 'active' || same === undefined || hasOtherName) throw taken(record);
  return same;
}

/** Why an import does not go where there is such a record. */
function taken({ state }: UserRecord): Failure {
  if (state === 'revoking') return new Failure('REVOCATION_IN_PROGRESS');
  return new Failure(state === 'revoked' ? 'USER_REVOKED' : 'USER_ALREADY_CONNECTED');
}
