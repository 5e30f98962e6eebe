import { type Command, InvalidArgumentError } from 'commander';
import { CODE_SOURCES, type CodeSource, shownSecret } from '../../domain/oauth-client.ts';
import { Secret } from '../../domain/secret.ts';
import { importOAuthClient } from '../../vault/admin/oauth-client-import.ts';
import { Refusal } from '../../vault/admin/refusal.ts';
import { listAliases, problemOf, readClientFields } from '../../vault/admin/stored-clients.ts';
import { splitList } from '../../vault/client-record.ts';
import type { CliContext } from '../cli-context.ts';
import { readNamedFile } from '../read-file.ts';
import { addVaultFlags, mountName, type VaultFlags, withVault } from '../vault-connection.ts';

interface ClientsFlags extends VaultFlags {
  readonly configMount: string;
}

interface ImportFlags extends ClientsFlags {
  readonly sources?: readonly CodeSource[];
  readonly defaultSource?: CodeSource;
}

/** `tokenvault clients import | list | show`: the OAuth clients in ops' mount. */
export function addClientsCommand(program: Command, context: CliContext): void {
  const clients = program
    .command('clients')
    .description('the OAuth clients that Google knows us as');
  addFlags(clients.command('import <alias> <file>'))
    .description('take over a client_secret_….json from Google’s console, or its new secret')
    .option('--sources <list>', `where codes come from: ${CODE_SOURCES.join(', ')}`, parseSources)
    .option('--default-source <source>', 'the source of calls that name none', parseSource)
    .action((alias: string, file: string, flags: ImportFlags) =>
      runImport(context, flags, { alias, file }),
    );
  addFlags(clients.command('list'))
    .description('the aliases that are configured')
    .action((flags: ClientsFlags) => runList(context, flags));
  addFlags(clients.command('show <alias>'))
    .description('one client, its secrets redacted')
    .action((alias: string, flags: ClientsFlags) => runShow(context, flags, alias));
}

function addFlags(command: Command): Command {
  return addVaultFlags(command).option(
    '--config-mount <name>',
    'mount of the OAuth clients',
    mountName,
    'tokenvault-config',
  );
}

async function runImport(
  context: CliContext,
  flags: ImportFlags,
  { alias, file }: { readonly alias: string; readonly file: string },
): Promise<void> {
  const text = readNamedFile(context, file, 'the client file');
  const report = await withVault(context, flags, (client) =>
    importOAuthClient(client, { ...flags, alias, file: text }),
  );
  context.print(`${alias}: ${report.outcome} (version ${report.version})`);
  context.print(`client id ${report.clientId}, secret ${report.secretSuffix}`);
  if (report.previousSecretSuffix !== undefined) {
    context.print(
      `previous secret ${report.previousSecretSuffix} stays in use where Google still takes it`,
    );
  }
}

async function runList(context: CliContext, flags: ClientsFlags): Promise<void> {
  const aliases = await withVault(context, flags, (client) =>
    listAliases(client, flags.configMount),
  );
  for (const alias of aliases) context.print(alias);
  if (aliases.length === 0) {
    context.complain('There is no OAuth client yet: run `tokenvault clients import`.');
  }
}

/**
 * Fields by their names in Vault; whatever is not known to be public is redacted.
 * @throws Refusal also for a client that the service cannot use, once its fields are printed
 */
async function runShow(context: CliContext, flags: ClientsFlags, alias: string): Promise<void> {
  const { fields, version } = await withVault(context, flags, (client) =>
    readClientFields(client, { configMount: flags.configMount, alias }),
  );
  if (fields.names.length === 0) {
    throw new Refusal(`There is no OAuth client ${alias}: see \`tokenvault clients list\`.`);
  }
  for (const name of fields.names) {
    const value = fields.get(name);
    context.print(`${name}: ${PUBLIC_FIELDS.has(name) ? value : shownSecret(new Secret(value))}`);
  }
  context.print(`version: ${version}`);
  const problem = problemOf(fields, alias);
  if (problem === undefined) return;
  throw new Refusal(
    `The service cannot use the OAuth client ${alias} (${problem}): import its file again, or mend it with \`vault kv patch\`.`,
  );
}

const PUBLIC_FIELDS: ReadonlySet<string> = new Set([
  'client_id',
  'redirect_uris',
  'code_sources',
  'default_code_source',
]);

function parseSources(list: string): readonly CodeSource[] {
  return splitList(list).map(parseSource);
}

function parseSource(name: string): CodeSource {
  const source = CODE_SOURCES.find((known) => known === name);
  if (source === undefined) throw new InvalidArgumentError(`Use ${CODE_SOURCES.join(', ')}.`);
  return source;
}
