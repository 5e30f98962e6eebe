import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { addConfigFlags, type ConfigFlags, liveAs } from '../config-flags.ts';

/** `tokenvault gateway`: the public HTTPS edge, until it is told to stop. */
export function addGatewayCommand(program: Command, context: CliContext): void {
  addConfigFlags(program.command('gateway'))
    .description('run the public HTTPS edge, which takes the apps’ codes')
    .action(async (flags: ConfigFlags) => {
      // Loaded here, so that other commands need not load a web server.
      const { readGatewayConfig } = await import('../../config/load-config.ts');
      const { runGateway } = await import('../../gateway/main.ts');
      await runGateway(await liveAs(readGatewayConfig, context, flags), context.signals);
    });
}
