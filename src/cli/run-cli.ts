import { Command, CommanderError } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addCallCommand } from './commands/call.ts';
import { addClientsCommand } from './commands/clients.ts';
import { addConfigCommand } from './commands/config.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addGatewayCommand } from './commands/gateway.ts';
import { addInitCommand } from './commands/init.ts';
import { addLogCommand } from './commands/log.ts';
import { addPolicyCommand } from './commands/policy.ts';
import { addServeCommand } from './commands/serve.ts';
import { addUsersCommand } from './commands/users.ts';
import { EXIT_USAGE, printError } from './print-error.ts';

/**
 * Runs one command line, without the node and script at its head.
 * @returns the exit code: 0 done, 1 refused or failed, 2 where the command line, a variable or
 * a named file makes no sense, 3 where `audit verify` finds the account intact and incomplete or
 * `doctor` has warnings alone, 4 where `audit verify` could not check it
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    await buildProgram(context).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said what is wrong already; asking for help is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    return printError(context, error);
  }
}

function buildProgram(context: CliContext): Command {
  const program = new Command('tokenvault')
    .description('Keeps Google refresh tokens in Vault and hands out short-lived access tokens.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.print(text.trimEnd()),
      writeErr: (text) => context.complain(text.trimEnd()),
    });
  addServeCommand(program, context);
  addGatewayCommand(program, context);
  addConfigCommand(program, context);
  addInitCommand(program, context);
  addDoctorCommand(program, context);
  addClientsCommand(program, context);
  addPolicyCommand(program, context);
  addCallCommand(program, context);
  addUsersCommand(program, context);
  addAuditCommand(program, context);
  addLogCommand(program, context);
  return program;
}
