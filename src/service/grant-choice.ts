import type { Alerts } from '../domain/alerts.ts';
import { Failure } from '../domain/failure.ts';
import { coveringGrant, type DeathCause, type Grant } from '../domain/grant.ts';
import type { LoggedUsers } from '../domain/logged-users.ts';
import type { OAuthClient } from '../domain/oauth-client.ts';
import { missingScopes } from '../domain/scopes.ts';
import type { Stored } from '../domain/store.ts';
import type { UserRecord } from '../domain/user-record.ts';

/**
 * The record of a user who may get tokens.
 * @throws Failure USER_NOT_CONNECTED, USER_REVOKED, STORED_RECORD_CORRUPT
 */
export function activeRecord(
  stored: Stored<UserRecord>,
  report: { readonly userId: string; readonly alerts: Alerts; readonly loggedUsers: LoggedUsers },
): UserRecord {
  if (stored.kind === 'absent') throw new Failure('USER_NOT_CONNECTED');
  if (stored.kind === 'corrupt') {
    report.alerts.raise('stored_record_corrupt', report.loggedUsers.of(report.userId));
    throw new Failure('STORED_RECORD_CORRUPT');
  }
  if (stored.record.state !== 'active') throw new Failure('USER_REVOKED');
  return stored.record;
}

/**
 * The newest live refresh token that covers the scopes.
 * @throws Failure USER_NOT_CONNECTED, USER_RECONSENT_REQUIRED, SCOPE_NOT_GRANTED
 */
export function chooseGrant(
  record: UserRecord,
  client: OAuthClient,
  scopes: readonly string[],
): Grant {
  const all = record.grants.get(client.alias) ?? [];
  const [newest] = all;
  const oauthClient = client.alias;
  if (newest === undefined) {
    throw new Failure('USER_NOT_CONNECTED', { metadata: { oauthClient } });
  }
  const ours = all.filter((grant) => grant.clientId === client.clientId);
  const live = ours.filter((grant) => grant.state === 'live');
  const [newestLive] = live;
  if (ours.length === 0) throw reconsentRequired('clientReplaced', oauthClient);
  if (newestLive === undefined) {
    throw reconsentRequired(ours[0]?.cause ?? 'revokedAtGoogle', oauthClient);
  }
  const covering = coveringGrant(live, scopes);
  if (covering !== undefined) return covering;
  throw scopeNotGranted(missingScopes(scopes, newestLive.scopes), oauthClient);
}

export function reconsentRequired(cause: DeathCause, oauthClient: string): Failure {
  return new Failure('USER_RECONSENT_REQUIRED', { metadata: { cause, oauthClient } });
}

export function scopeNotGranted(missing: readonly string[], oauthClient: string): Failure {
  return new Failure('SCOPE_NOT_GRANTED', {
    metadata: { missingScopes: missing.join(' '), oauthClient },
  });
}
