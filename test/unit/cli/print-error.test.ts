import { describe, expect, it } from 'vitest';
import { AuditNotVerified } from '../../../src/cli/audit-verdicts.ts';
import type { CliContext } from '../../../src/cli/cli-context.ts';
import { printError } from '../../../src/cli/print-error.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';
import { TokenVaultError } from '../../../src/client/token-vault-error.ts';
import { StartupProblems } from '../../../src/domain/startup-problems.ts';
import { EndedByError } from '../../../src/observability/process-end.ts';
import { Refusal } from '../../../src/vault/admin/refusal.ts';
import { VaultFault } from '../../../src/vault/vault-fault.ts';

function printed(error: unknown) {
  const lines: string[] = [];
  const terminal: Pick<CliContext, 'complain'> = { complain: (line) => void lines.push(line) };
  return { exitCode: printError(terminal, error), lines };
}

describe('how a command ends that failed', () => {
  it.each([
    ['a mistake in the command line', new UsageError('Say where.'), 2, 'Say where.'],
    ['a file that makes no sense', new Refusal('The file is not JSON.', 'input'), 2, 'not JSON'],
    ['a refusal', new Refusal('Choose another alias.'), 1, 'Choose another alias.'],
    ['Vault out of reach', new VaultFault({ sent: false, code: 'ENOTFOUND' }), 1, 'ENOTFOUND'],
    ['an audit without its key', new AuditNotVerified(new Refusal('Denied.')), 4, 'Denied.'],
    ['an audit without sense', new AuditNotVerified(new UsageError('Which?')), 2, 'Which?'],
    ['an error that nobody caught', new EndedByError(), 1, '`uncaught_error`'],
    ['a failed call', new TokenVaultError({ code: 'UNAVAILABLE' }), 1, 'cannot be reached'],
  ])('%s', (_what, error, code, says) => {
    const { exitCode, lines } = printed(error);

    expect(exitCode).toBe(code);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(says);
  });

  it.each([
    [new StartupProblems(['One.', 'Two.']), 1],
    [new UsageError('One.\nTwo.'), 2],
  ])('prints each problem in its own line: %s', (error, exitCode) => {
    expect(printed(error)).toEqual({ exitCode, lines: ['One.', 'Two.'] });
  });

  it('keeps the text of an unexpected error to itself, but for its kind and the system’s code', () => {
    const error = Object.assign(new TypeError('planted-secret'), { code: 'EADDRINUSE' });

    const { exitCode, lines } = printed(error);

    expect(exitCode).toBe(1);
    expect(lines.join('\n')).toContain('TypeError EADDRINUSE');
    expect(lines.join('\n')).not.toContain('planted');
    expect(printed('planted-secret').lines.join('\n')).not.toContain('planted');
  });
});
