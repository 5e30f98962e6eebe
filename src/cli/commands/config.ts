import { Argument, type Command } from 'commander';
import { ConfigProblems } from '../../config/config-problems.ts';
import type { GatewayConfig } from '../../config/config-sections.ts';
import type { ConfigSources, LoadedConfig } from '../../config/load-config.ts';
import type { CliContext } from '../cli-context.ts';
import { addConfigFlags, asUsageError, type ConfigFlags, sourcesOf } from '../config-flags.ts';
import { configRows, settingJson } from '../config-rows.ts';

interface Flags extends ConfigFlags {
  readonly json?: true;
}

/** The servers that read the one file, each its own sections. */
const SERVERS = ['serve', 'gateway'] as const;

/** `tokenvault config`: what a server would make of its configuration, without starting it. */
export function addConfigCommand(program: Command, context: CliContext): void {
  const config = program.command('config').description('check and show configuration');
  addShared(config.command('check'))
    .description('say everything that is wrong with a configuration, or that nothing is')
    .action((server: string, flags: Flags) => check(context, server, flags));
  addShared(config.command('print'))
    .description('show what each key is set to, and by whom; secrets are left out')
    .action((server: string, flags: Flags) => print(context, server, flags));
}

function addShared(command: Command): Command {
  const server = new Argument('[server]', 'whose configuration').choices(SERVERS).default('serve');
  return addConfigFlags(command.addArgument(server)).option('--json', 'JSON on stdout');
}

async function check(context: CliContext, server: string, flags: Flags): Promise<void> {
  const sources = sourcesOf(context, flags);
  try {
    await read(server, sources, context);
  } catch (error) {
    if (error instanceof ConfigProblems && flags.json) printProblems(context, error);
    throw asUsageError(error);
  }
  const good = `The configuration of \`tokenvault ${server}\` is good.`;
  context.print(flags.json ? JSON.stringify({ ok: true, problems: [] }) : good);
}

async function print(context: CliContext, server: string, flags: Flags): Promise<void> {
  const { settings } = await read(server, sourcesOf(context, flags), context).catch(
    (error: unknown) => {
      throw asUsageError(error);
    },
  );
  if (flags.json) context.print(JSON.stringify(settings.map(settingJson), undefined, 2));
  else for (const row of configRows(settings)) context.print(row);
}

async function read(
  server: string,
  sources: ConfigSources,
  { clock }: CliContext,
): Promise<LoadedConfig<unknown>> {
  // Loaded here, so that other commands need not load the schema.
  const { readGatewayConfig, readServiceConfig } = await import('../../config/load-config.ts');
  const terms = await import('../../config/certificate-terms.ts');
  if (server === 'gateway') {
    const gateway = readGatewayConfig(sources);
    terms.refuseUnusable(terms.certificatesOfGateway(gateway.value), clock.now());
    await refuseUnusableKeys(gateway.value);
    return gateway;
  }
  const service = readServiceConfig(sources);
  terms.refuseUnusable(terms.certificatesOfService(service.value), clock.now());
  return service;
}

/** @throws ConfigProblems where no token could be checked with the keys that a file has */
async function refuseUnusableKeys({ gateway }: GatewayConfig): Promise<void> {
  const { loginKeyProblems } = await import('../../doctor/login-keys.ts');
  const problems = loginKeyProblems(gateway);
  if (problems.length > 0) throw new ConfigProblems(problems);
}

function printProblems(context: CliContext, { details }: ConfigProblems): void {
  const problems = details.map(({ key, origin, sentence }) => ({
    key,
    source: origin,
    problem: sentence,
  }));
  context.print(JSON.stringify({ ok: false, problems }, undefined, 2));
}
