import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { addConfigFlags, type ConfigFlags, loadAs } from '../config-flags.ts';

/** `tokenvault serve`: the gRPC service, until it is told to stop. */
export function addServeCommand(program: Command, context: CliContext): void {
  addConfigFlags(program.command('serve'))
    .description('run the gRPC service')
    .action(async (flags: ConfigFlags) => {
      // Loaded here, so that other commands need not load the whole service.
      const { loadConfig } = await import('../../config/load-config.ts');
      const { runService } = await import('../../main.ts');
      await runService(loadAs(loadConfig, context, flags), context.signals);
    });
}
