import { TokenVaultError } from '../client/token-vault-error.ts';
import { ConsentsLost } from '../domain/lost-consents.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import { EndedByError } from '../observability/process-end.ts';
import { Refusal } from '../vault/admin/refusal.ts';
import { VaultFault } from '../vault/vault-fault.ts';
import { AuditNotVerified, AuditNotWhole } from './audit-verdicts.ts';
import { callFailureLines } from './call-failure-lines.ts';
import type { CliContext } from './cli-context.ts';
import { NotHealthy } from './doctor-verdict.ts';
import { UsageError } from './usage-error.ts';

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** 3 is that of an audit that is not the whole account, and of a doctor that has but warnings. */
export const EXIT_NOT_VERIFIED = 4;

/**
 * Says on stderr why a command failed, one sentence per problem and never a stack: its texts may come
 * from anywhere.
 * @returns the exit code
 */
export function printError(context: Pick<CliContext, 'complain'>, error: unknown): number {
  if (error instanceof AuditNotWhole || error instanceof NotHealthy) return error.exitCode;
  if (error instanceof AuditNotVerified) {
    return printError(context, error.why) === EXIT_USAGE ? EXIT_USAGE : EXIT_NOT_VERIFIED;
  }
  for (const line of linesOf(error)) context.complain(line);
  const isUsage =
    error instanceof UsageError || (error instanceof Refusal && error.kind === 'input');
  return isUsage ? EXIT_USAGE : EXIT_FAILED;
}

function linesOf(error: unknown): readonly string[] {
  if (error instanceof UsageError) return error.message.split('\n');
  if (error instanceof StartupProblems) return error.problems;
  if (error instanceof EndedByError) {
    return [
      'It ended because of an error that nobody caught: please report the log line `uncaught_error`, which says where it arose.',
    ];
  }
  if (error instanceof ConsentsLost) {
    return [
      'It ended before Vault had taken every refresh token, so some users have to consent again: the log line `held_commit_lost` says how many.',
    ];
  }
  if (error instanceof TokenVaultError) return callFailureLines(error);
  if (error instanceof Refusal) return [error.message];
  if (error instanceof VaultFault) {
    return [
      `Vault cannot be reached (${error.code}): check its address, its CA certificate and that it runs.`,
    ];
  }
  return [
    `An unexpected error happened (${nameOf(error)}): please report it with the command that you typed.`,
  ];
}

/** The kind of error and the system's code: the rest may quote anything. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code: unknown = Object(error).code;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)
    ? `${error.name} ${code}`
    : error.name;
}
