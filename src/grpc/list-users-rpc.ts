import * as wire from '../gen/tokenvault/admin/v1/token_vault_admin.ts';
import type { ListUsersRequest, UserPage, UsersFilter } from '../service/token-vault.ts';
import { FieldChecks } from './field-checks.ts';
import * as rules from './field-rules.ts';
import type { UnaryRpc } from './unary-rpc.ts';
import { writeUser } from './wire-user.ts';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 500;

const STATES: ReadonlyMap<wire.UserFilter, UsersFilter['state']> = new Map([
  [wire.UserFilter.USER_FILTER_UNSPECIFIED, undefined],
  [wire.UserFilter.USER_FILTER_ACTIVE, 'active'],
  [wire.UserFilter.USER_FILTER_DEAD, 'dead'],
  [wire.UserFilter.USER_FILTER_REVOKING, 'revoking'],
  [wire.UserFilter.USER_FILTER_REVOKED, 'revoked'],
]);

export const listUsersRpc: UnaryRpc<
  wire.ListUsersRequest,
  ListUsersRequest,
  UserPage,
  wire.ListUsersResponse
> = {
  name: 'ListUsers',
  readRequest,
  run: (vault, request, context) => vault.listUsers(request, context),
  writeReply,
  audited: {
    request: ({ filter }) => ({ oauthClient: filter.oauthClient }),
    reply: () => ({}),
  },
};

function readRequest(message: wire.ListUsersRequest): ListUsersRequest {
  const checks = new FieldChecks();
  const state = STATES.get(message.state);
  const oauthClient = checks.optional('oauth_client', message.oauthClient, rules.OAUTH_CLIENT);
  checks.check('page_size', message.pageSize >= 0, 'be 0 or more');
  checks.check('state', STATES.has(message.state), 'be one of the known values');
  checks.check(
    'oauth_client',
    state !== 'revoked' || oauthClient === undefined,
    'be empty for revoked users, who have no grants',
  );
  const request = {
    pageSize: Math.min(message.pageSize || DEFAULT_PAGE, LARGEST_PAGE),
    pageToken: checks.optional('page_token', message.pageToken, rules.PAGE_TOKEN),
    filter: { state, oauthClient },
  };
  checks.finish();
  return request;
}

function writeReply(page: UserPage): wire.ListUsersResponse {
  return {
    users: page.users.map(writeUser),
    nextPageToken: page.nextPageToken ?? '',
    partsDone: page.partsDone,
    partsTotal: page.partsTotal,
    unreadableRecords: page.unreadable,
  };
}
