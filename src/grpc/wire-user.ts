import type { UserState } from '../domain/user-record.ts';
import * as wire from '../gen/tokenvault/v1/token_vault.ts';
import type { GrantView, UserView } from '../service/token-vault.ts';
import { writeProviderRevocation } from './provider-revocation.ts';
import { toDate } from './timestamps.ts';

const USER_STATES: Readonly<Record<UserState, wire.UserState>> = {
  active: wire.UserState.USER_STATE_ACTIVE,
  revoking: wire.UserState.USER_STATE_REVOKING,
  revoked: wire.UserState.USER_STATE_REVOKED,
};

const GRANT_STATES: Readonly<Record<GrantView['state'], wire.GrantState>> = {
  live: wire.GrantState.GRANT_STATE_LIVE,
  dead: wire.GrantState.GRANT_STATE_DEAD,
};

/** A user as every RPC tells of one. */
export function writeUser(user: UserView): wire.User {
  return {
    userId: user.userId,
    externalUserId: user.externalUserId ?? '',
    hostedDomain: user.hostedDomain ?? '',
    state: USER_STATES[user.state],
    grants: user.grants.map(writeGrant),
    revokeTime: toDate(user.revokeTime),
    providerRevocation: writeProviderRevocation(user.providerRevocation),
    updateTime: toDate(user.updateTime),
  };
}

function writeGrant(grant: GrantView): wire.Grant {
  return {
    oauthClient: grant.oauthClient,
    scopes: [...grant.scopes],
    state: GRANT_STATES[grant.state],
    cause: grant.cause ?? '',
    createTime: toDate(grant.createTime),
    expireTime: toDate(grant.expireTime),
  };
}
