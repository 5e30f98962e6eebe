import type { User } from '../../client/messages.ts';
import { GrantState, ProviderRevocation, UserState } from '../../client/messages.ts';

/** Google's ids have 21 digits. */
const ID_WIDTH = 21;
const STATE_WIDTH = 8;

export const USER_HEADER = rowOf('USER', 'STATE', ['CHANGED'.padEnd(20), 'GRANTS']);

/** A user on one line, as `users list` prints them. */
export function userRow(user: User): string {
  const grants = user.grants.map(({ oauthClient, state, cause }) =>
    state === GrantState.GRANT_STATE_DEAD
      ? `${oauthClient} dead (${cause})`
      : `${oauthClient} live`,
  );
  return rowOf(user.userId, stateOf(user), [secondsOf(user.updateTime), grants.join(', ')]);
}

/** A user on some lines, as `users show` prints them. */
export function userLines(user: User): readonly string[] {
  const { externalUserId, hostedDomain, revokeTime, providerRevocation } = user;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['user', user.userId],
    ['external id', externalUserId],
    ['domain', hostedDomain],
    ['state', stateOf(user)],
    ['changed', secondsOf(user.updateTime)],
    ['revoked', revokeTime && `${secondsOf(revokeTime)}, ${revocationText(providerRevocation)}`],
    ...user.grants.map((grant): [string, string] => [
      `grant ${grant.oauthClient}`,
      grantText(grant),
    ]),
  ];
  const told = rows.flatMap(([name, value]) => (value ? [{ name, value }] : []));
  const width = Math.max(...told.map(({ name }) => name.length));
  return told.map(({ name, value }) => `${name.padEnd(width)}  ${value}`);
}

/** How Google answered a revocation. */
export function revocationText(value: ProviderRevocation): string {
  switch (value) {
    case ProviderRevocation.PROVIDER_REVOCATION_CONFIRMED:
      return 'confirmed by Google';
    case ProviderRevocation.PROVIDER_REVOCATION_PENDING:
      return 'not confirmed by Google yet: TokenVault goes on trying';
    case ProviderRevocation.PROVIDER_REVOCATION_NOTHING_TO_REVOKE:
      return 'nothing to revoke at Google';
    case ProviderRevocation.PROVIDER_REVOCATION_UNCONFIRMED:
      return 'never confirmed by Google; the tokens are destroyed here';
    default:
      return 'Google was not asked';
  }
}

/** `dead` where consent alone helps, as the filter of ListUsers has it. */
function stateOf({ state, grants }: User): string {
  if (state === UserState.USER_STATE_REVOKED) return 'revoked';
  if (state === UserState.USER_STATE_REVOKING) return 'revoking';
  return grants.some((grant) => grant.state === GrantState.GRANT_STATE_LIVE) ? 'active' : 'dead';
}

function grantText({
  state,
  cause,
  createTime,
  expireTime,
  scopes,
}: User['grants'][number]): string {
  const life = state === GrantState.GRANT_STATE_DEAD ? `dead (${cause})` : 'live';
  const until = expireTime === undefined ? '' : `, ends ${secondsOf(expireTime)}`;
  return `${life}, since ${secondsOf(createTime)}${until}: ${scopes.join(' ')}`;
}

function rowOf(user: string, state: string, rest: readonly string[]): string {
  return [user.padEnd(ID_WIDTH), state.padEnd(STATE_WIDTH), ...rest].join('  ').trimEnd();
}

/** RFC 3339, whole seconds. */
function secondsOf(time: Date | undefined): string {
  return time === undefined ? '' : time.toISOString().replace(/\.\d+/, '');
}
