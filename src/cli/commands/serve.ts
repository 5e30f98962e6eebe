import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { addConfigFlags, type ConfigFlags, liveAs } from '../config-flags.ts';

/** `tokenvault serve`: the gRPC service, until it is told to stop. */
export function addServeCommand(program: Command, context: CliContext): void {
  addConfigFlags(program.command('serve'))
    .description('run the gRPC service')
    .action(async (flags: ConfigFlags) => {
      // Loaded here, so that other commands need not load the whole service.
      const { readServiceConfig } = await import('../../config/load-config.ts');
      const { runService } = await import('../../main.ts');
      await runService(await liveAs(readServiceConfig, context, flags), context.signals);
    });
}
