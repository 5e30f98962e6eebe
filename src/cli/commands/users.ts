import { type Command, InvalidArgumentError, Option } from 'commander';
import type { OperatorConnection } from '../../client/connect-operator.ts';
import { GetUserRequest, RevokeUserRequest } from '../../client/messages.ts';
import type { TokenVaultError } from '../../client/token-vault-error.ts';
import { User } from '../../gen/tokenvault/v1/token_vault.ts';
import { Refusal } from '../../vault/admin/refusal.ts';
import { asCaller } from '../caller-connection.ts';
import type { CliContext } from '../cli-context.ts';
import { callPersistently } from '../persistent-call.ts';
import { isRfc3339 } from '../rfc3339.ts';
import { UsageError } from '../usage-error.ts';
import { importLines } from '../users/import-line.ts';
import { UsersImport } from '../users/import-users.ts';
import { LISTED_STATES, type ListFlags, listUsers } from '../users/list-users.ts';
import { revocationText, userLines } from '../users/user-rows.ts';

const TIMEOUT_MS = 30_000;
const PATIENCE_MS = 60_000;
const MOST_AT_A_TIME = 64;

interface ShowFlags {
  readonly external?: string;
  readonly json?: boolean;
}

/** By one of the two. */
interface Named {
  readonly userId: string | undefined;
  readonly externalUserId: string | undefined;
}

interface RevokeFlags {
  readonly reason: string;
  readonly grantedBefore?: Date;
}

interface ImportFlags {
  readonly verify: boolean;
  readonly fromLine: number;
  readonly atATime: number;
}

/** `tokenvault users`: what operators do with users, as callers of TokenVault like any others. */
export function addUsersCommand(program: Command, context: CliContext): void {
  const users = program.command('users').description('who is connected, with a certificate');
  users
    .command('show [user]')
    .description('what is stored of one user')
    .option('--external <name>', 'the user that callers know by this name')
    .option('--json', 'as JSON')
    .action((userId: string | undefined, flags: ShowFlags) => {
      const request = { userId, externalUserId: flags.external };
      if ((userId === undefined) === (flags.external === undefined)) {
        throw new UsageError('Name the user, or --external NAME, and not both.');
      }
      return asCaller(context, (connection) => show(context, connection, { request, ...flags }));
    });
  users
    .command('list')
    .description('the users that are stored, in no order')
    .addOption(new Option('--state <state>', 'those in it').choices(Object.keys(LISTED_STATES)))
    .option('--client <alias>', 'those with grants for this OAuth client, which alone count')
    .option('--json', 'a line of JSON for each')
    .action((flags: ListFlags) =>
      asCaller(context, (connection) => listUsers(context, connection, flags)),
    );
  users
    .command('revoke <user>')
    .description('end all grants of one user, here and at Google')
    .option('--reason <text>', 'for the log; no personal data', '')
    .option('--granted-before <time>', 'leave a user alone who consented later than this', time)
    .action((userId: string, flags: RevokeFlags) =>
      asCaller(context, (connection) => revoke(context, connection, { userId, ...flags })),
    );
  users
    .command('import <file>')
    .description(
      'store refresh tokens from elsewhere: {user_id, oauth_client, refresh_token, scopes} on each line',
    )
    .option('--verify', 'prove each token by a refresh at Google', false)
    .option('--from-line <number>', 'skip the lines before', wholeNumber(1_000_000_000), 1)
    .option('--at-a-time <number>', 'lines under way', wholeNumber(MOST_AT_A_TIME), 8)
    .action((file: string, flags: ImportFlags) =>
      asCaller(context, (connection) => importFile(context, connection, { file, ...flags })),
    );
}

async function show(
  context: CliContext,
  connection: OperatorConnection,
  { request, json = false }: ShowFlags & { readonly request: Named },
): Promise<void> {
  const { user } = await connection.getUser(GetUserRequest.fromPartial(request), {
    timeoutMs: TIMEOUT_MS,
  });
  if (user === undefined) throw new Refusal('TokenVault said nothing of the user.');
  const lines = json ? [JSON.stringify(User.toJSON(user), null, 2)] : userLines(user);
  for (const line of lines) context.print(line);
}

async function revoke(
  context: CliContext,
  connection: OperatorConnection,
  request: RevokeFlags & { readonly userId: string },
): Promise<void> {
  const message = RevokeUserRequest.fromPartial(request);
  const call = () => connection.revokeUser(message, { timeoutMs: TIMEOUT_MS });
  // Repeating a revocation is safe, and one that failed may have taken effect.
  const passes = ({ reason, retryAfterMs }: TokenVaultError) =>
    reason !== undefined && retryAfterMs !== undefined;
  const patience = { patienceMs: PATIENCE_MS, passes };
  const { providerRevocation, effectiveTime } = await callPersistently(context, call, patience);
  context.print(
    `No tokens from ${effectiveTime?.toISOString()} on; ${revocationText(providerRevocation)}.`,
  );
}

async function importFile(
  context: CliContext,
  connection: OperatorConnection,
  { file, verify, ...options }: ImportFlags & { readonly file: string },
): Promise<void> {
  const lines = importLines(piecesOf(context, file), verify);
  const { failed, stoppedAt } = await new UsersImport(context, connection, options).run(lines);
  if (stoppedAt !== undefined) {
    throw new Refusal(
      `The import stopped: go on with \`--from-line ${stoppedAt}\`, or from the start, which skips what is imported.`,
    );
  }
  if (failed > 0) {
    throw new Refusal(
      `${failed} lines were not imported: run the same again when they are mended; what is imported is skipped.`,
    );
  }
}

/** @throws UsageError when the file cannot be read */
async function* piecesOf(context: CliContext, path: string): AsyncGenerator<Buffer> {
  try {
    yield* context.readPieces(path);
  } catch {
    // Absent or unreadable: the name says where to look.
    throw new UsageError(`Cannot read the grants at ${path}: check the path.`);
  }
}

function time(text: string): Date {
  if (isRfc3339(text)) return new Date(text);
  throw new InvalidArgumentError('It must be a time as in RFC 3339, such as 2026-11-23T10:00:00Z.');
}

function wholeNumber(most: number): (text: string) => number {
  return (text) => {
    const value = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}
