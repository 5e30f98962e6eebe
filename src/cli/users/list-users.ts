import type { OperatorConnection } from '../../client/connect-operator.ts';
import {
  type ListUsersRequest,
  type ListUsersResponse,
  UserFilter,
} from '../../gen/tokenvault/admin/v1/token_vault_admin.ts';
import { User } from '../../gen/tokenvault/v1/token_vault.ts';
import { Refusal } from '../../vault/admin/refusal.ts';
import type { CliContext } from '../cli-context.ts';
import { callPersistently } from '../persistent-call.ts';
import { ProgressLine, progressBar } from '../progress-line.ts';
import { USER_HEADER, userRow } from './user-rows.ts';

const PAGE_SIZE = 500;
const TIMEOUT_MS = 15_000;
const PATIENCE_MS = 60_000;

export const LISTED_STATES = {
  active: UserFilter.USER_FILTER_ACTIVE,
  dead: UserFilter.USER_FILTER_DEAD,
  revoking: UserFilter.USER_FILTER_REVOKING,
  revoked: UserFilter.USER_FILTER_REVOKED,
} as const;

export interface ListFlags {
  readonly state?: keyof typeof LISTED_STATES;
  readonly client?: string;
  readonly json?: boolean;
}

/** Prints users page by page as they come, however many there are. */
export async function listUsers(
  context: CliContext,
  connection: OperatorConnection,
  flags: ListFlags,
): Promise<void> {
  const progress = new ProgressLine(context);
  const lineOf = flags.json ? (user: User) => JSON.stringify(User.toJSON(user)) : userRow;
  let users = 0;
  let unreadable = 0;
  try {
    for await (const page of pagesOf(context, connection, flags)) {
      progress.above(() => {
        if (users === 0 && page.users.length > 0 && !flags.json) context.print(USER_HEADER);
        for (const user of page.users) context.print(lineOf(user));
      });
      if (!context.isRead()) return;
      users += page.users.length;
      unreadable += page.unreadableRecords;
      progress.show(`${progressBar(page.partsDone, page.partsTotal)}  ${users} users`);
    }
  } finally {
    progress.clear();
  }
  if (users === 0 && !flags.json) context.complain('There is no such user.');
  if (unreadable === 0) return;
  throw new Refusal(
    `${unreadable} stored records cannot be read, and their users are not listed: see the alert \`stored_record_corrupt\` in the log.`,
  );
}

async function* pagesOf(
  context: CliContext,
  connection: OperatorConnection,
  { state, client }: ListFlags,
): AsyncGenerator<ListUsersResponse> {
  const filter = state === undefined ? UserFilter.USER_FILTER_UNSPECIFIED : LISTED_STATES[state];
  let pageToken = '';
  do {
    const request: ListUsersRequest = {
      pageSize: PAGE_SIZE,
      pageToken,
      state: filter,
      oauthClient: client ?? '',
    };
    const call = () => connection.listUsers(request, { timeoutMs: TIMEOUT_MS });
    // What never went well is told at once.
    const patienceMs = pageToken === '' ? 0 : PATIENCE_MS;
    const page = await callPersistently(context, call, { patienceMs });
    yield page;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
