import type { Command } from 'commander';
import type { LiveConfig } from '../config/live-config.ts';
import type { ConfigSources, LoadedConfig } from '../config/load-config.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './usage-error.ts';

/** Flags of the commands that run a server. */
export interface ConfigFlags {
  readonly config?: string;
  readonly set?: Readonly<Record<string, string>>;
}

export function addConfigFlags(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file, YAML (TOKENVAULT_CONFIG)')
    .option('--set <key=value>', 'one setting, such as log.level=debug; may be repeated', collect);
}

function collect(
  assignment: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, key, value] = /^([a-z0-9_.]+)=(.*)$/s.exec(assignment) ?? [];
  if (key === undefined || value === undefined) {
    throw new UsageError('--set takes key=value, such as log.level=debug.');
  }
  return { ...before, [key]: value };
}

/** What the command reads its configuration from. */
export function sourcesOf(context: CliContext, { config, set }: ConfigFlags): ConfigSources {
  return {
    ...(config === undefined ? {} : { file: config }),
    ...(set === undefined ? {} : { flags: set }),
    env: context.env,
    execArgv: context.execArgv,
    readFile: context.readFile,
    listFolder: context.listFolder,
  };
}

/**
 * Reads the configuration of a server, which follows it.
 * @throws UsageError with everything that is wrong
 */
export async function liveAs<Value>(
  read: (sources: ConfigSources) => LoadedConfig<Value>,
  context: CliContext,
  flags: ConfigFlags,
): Promise<LiveConfig<Value>> {
  // Loaded here, so that other commands need not load the schema.
  const { LiveConfig } = await import('../config/live-config.ts');
  try {
    return new LiveConfig(read, sourcesOf(context, flags));
  } catch (error) {
    throw asUsageError(error);
  }
}

/** What is wrong with a configuration ends a command as what is wrong with its flags does. */
export function asUsageError(error: unknown): unknown {
  return error instanceof StartupProblems ? new UsageError(error.message) : error;
}
