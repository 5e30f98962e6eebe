import { describe, expect, it } from 'vitest';
import {
  ListUsersRequest,
  UserFilter,
} from '../../../src/gen/tokenvault/admin/v1/token_vault_admin.ts';
import { listUsersRpc } from '../../../src/grpc/list-users-rpc.ts';
import { USER } from '../../support/fakes/hand-written-token-vault.ts';
import { refusedFields } from './violations.ts';

const read = (fields: Partial<ListUsersRequest>) =>
  listUsersRpc.readRequest(ListUsersRequest.fromPartial(fields));

describe('a ListUsers request', () => {
  it('needs nothing', () => {
    expect(read({})).toEqual({
      pageSize: 100,
      pageToken: undefined,
      filter: { state: undefined, oauthClient: undefined },
    });
  });

  it.each([
    [1, 1],
    [500, 500],
    [501, 500],
    [2_147_483_647, 500],
  ])('of %d users at once asks for %d', (pageSize, taken) => {
    expect(read({ pageSize }).pageSize).toBe(taken);
  });

  it.each([
    [UserFilter.USER_FILTER_ACTIVE, 'active'],
    [UserFilter.USER_FILTER_DEAD, 'dead'],
    [UserFilter.USER_FILTER_REVOKING, 'revoking'],
    [UserFilter.USER_FILTER_REVOKED, 'revoked'],
  ])('knows the state %d', (state, name) => {
    expect(read({ state }).filter.state).toBe(name);
  });

  it.each<[Partial<ListUsersRequest>, string]>([
    [{ pageSize: -1 }, 'page_size'],
    [{ pageToken: 'x'.repeat(65) }, 'page_token'],
    [{ pageToken: 'a b' }, 'page_token'],
    [{ state: 9 as UserFilter }, 'state'],
    [{ oauthClient: 'UPPER' }, 'oauth_client'],
    [{ state: UserFilter.USER_FILTER_REVOKED, oauthClient: 'default' }, 'oauth_client'],
  ])('with %j is refused', (fields, field) => {
    expect(refusedFields(() => read(fields))).toEqual([field]);
  });

  it('names in the audit the OAuth client alone', () => {
    const request = read({ oauthClient: 'web' });
    expect(listUsersRpc.audited.request(request)).toEqual({ oauthClient: 'web' });
  });
});

describe('a ListUsers response', () => {
  it('has the users as GetUser tells them, the next page and how far it is', () => {
    const page = { users: [USER], partsDone: 3, partsTotal: 4, unreadable: 1, nextPageToken: 't' };
    expect(listUsersRpc.writeReply(page)).toMatchObject({
      users: [{ userId: USER.userId, state: 1 }],
      nextPageToken: 't',
      partsDone: 3,
      partsTotal: 4,
      unreadableRecords: 1,
    });
  });

  it('has an empty token on the last page', () => {
    const last = { users: [], partsDone: 4, partsTotal: 4, unreadable: 0 };
    expect(listUsersRpc.writeReply(last).nextPageToken).toBe('');
  });
});
