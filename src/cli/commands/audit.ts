import type { Command } from 'commander';
import { AuditKeys } from '../../audit/audit-keys.ts';
import { parseLine } from '../../audit/audit-line.ts';
import { fieldsText } from '../../audit/decision-text.ts';
import { isManipulation } from '../../audit/verify/finding.ts';
import { type VerifyReport, verifyLines } from '../../audit/verify/verify-lines.ts';
import { Secret } from '../../domain/secret.ts';
import { AUDIT_KEY_PATH } from '../../vault/key-record.ts';
import { auditLines } from '../audit-files.ts';
import { chainText, findingText, inOrder, verdictText } from '../audit-report.ts';
import { AuditNotVerified, AuditNotWhole } from '../audit-verdicts.ts';
import type { CliContext } from '../cli-context.ts';
import { addKeyFlags, type KeyFlags, keysById } from '../key-source.ts';
import { readNamedFile } from '../read-file.ts';
import { UsageError } from '../usage-error.ts';

interface ShowFlags extends KeyFlags {
  readonly user?: string;
  readonly tokenFile?: string;
}

/** `tokenvault audit`: what a reviewer does with the lines that the service has written. */
export function addAuditCommand(program: Command, context: CliContext): void {
  const audit = program.command('audit').description('check and search the audit');
  addKeyFlags(audit.command('verify <files...>'))
    .description('find lines that were edited, removed, moved, repeated or cut off')
    .action((files: readonly string[], flags: KeyFlags) => verify(context, files, flags));
  addKeyFlags(audit.command('show <files...>'))
    .description('the decisions about one user, or those that handed out one access token')
    .option('--user <id>', 'Google’s id of the user')
    .option('--token-file <file>', 'holds the access token; - reads it from stdin')
    .action((files: readonly string[], flags: ShowFlags) => show(context, files, flags));
  addKeyFlags(audit.command('hash-user <id>'))
    .description('what stands for a user in the lines, for each key; - reads ids from stdin')
    .action((id: string, flags: KeyFlags) => hashUser(context, id, flags));
}

async function verify(
  context: CliContext,
  files: readonly string[],
  flags: KeyFlags,
): Promise<void> {
  const report = await reportOf(context, files, flags);
  for (const finding of inOrder(report.findings, files)) context.print(findingText(finding));
  for (const chain of report.chains) context.print(chainText(chain));
  context.print(verdictText(report));
  if (report.findings.length === 0) return;
  throw new AuditNotWhole(report.findings.some(isManipulation) ? 1 : 3);
}

/** @throws AuditNotVerified */
async function reportOf(
  context: CliContext,
  files: readonly string[],
  flags: KeyFlags,
): Promise<VerifyReport> {
  try {
    const keys = await auditKeys(context, flags);
    const named = files.map((file) => ({ file, lines: auditLines(context, file) }));
    return await verifyLines(named, keys);
  } catch (error) {
    throw new AuditNotVerified(error);
  }
}

async function show(
  context: CliContext,
  files: readonly string[],
  flags: ShowFlags,
): Promise<void> {
  const matches = await matcher(context, flags);
  const keys = await auditKeys(context, flags);
  const wanted = new Map([...keys].map(([id, key]) => [id, matches(key)]));
  for (const file of files) {
    for await (const text of auditLines(context, file)) {
      if (!context.isRead()) return;
      const line = parseLine(text);
      const fields = line && wanted.get(line.key);
      if (fields?.some((field) => line?.body.includes(field))) context.print(text);
    }
  }
}

/** The fields of which a line must have one, by the key that it is made with. */
async function matcher(
  context: CliContext,
  { user, tokenFile }: ShowFlags,
): Promise<(key: AuditKeys) => readonly string[]> {
  if ((user === undefined) === (tokenFile === undefined)) {
    throw new UsageError('Say what to look for: `--user ID` or `--token-file FILE`.');
  }
  if (user !== undefined) {
    return (key) => [fieldsText({ user }), fieldsText({ user: key.userHash(user) })];
  }
  const token = new Secret(await tokenIn(context, tokenFile ?? ''));
  return (key) => [fieldsText({ token: key.tokenFingerprint(token) })];
}

async function tokenIn(context: CliContext, path: string): Promise<string> {
  const text =
    path === '-' ? await context.readStdin() : readNamedFile(context, path, 'the access token');
  return text.trim();
}

async function hashUser(context: CliContext, id: string, flags: KeyFlags): Promise<void> {
  const keys = await auditKeys(context, flags);
  if (id === '-') {
    const ids = (await context.readStdin()).split('\n').filter((line) => line !== '');
    for (const each of ids) {
      for (const key of keys.values()) context.print(`${key.userHash(each)} ${each}`);
    }
    return;
  }
  for (const [keyId, key] of keys) context.print(`${key.userHash(id)} (key ${keyId})`);
}

function auditKeys(context: CliContext, flags: KeyFlags): Promise<ReadonlyMap<string, AuditKeys>> {
  return keysById(context, flags, {
    key: AUDIT_KEY_PATH,
    of: (secret) => new AuditKeys(secret),
  });
}
