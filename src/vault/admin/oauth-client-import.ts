import { type CodeSource, shownSecret } from '../../domain/oauth-client.ts';
import { Secret } from '../../domain/secret.ts';
import type { VaultClient } from '../vault-client.ts';
import { verdictOf } from '../vault-errors.ts';
import type { ClientFields } from './client-fields.ts';
import { parseClientFile } from './client-file.ts';
import { type ImportOutcome, planImport } from './import-plan.ts';
import { Refusal, unexpectedReply } from './refusal.ts';
import { checkAlias, readClientFields } from './stored-clients.ts';

export interface ImportOptions {
  readonly configMount: string;
  /** The name that callers use as `oauth_client`: 1 to 63 of a-z, 0-9 and `-`. */
  readonly alias: string;
  /** Contents of the `client_secret_….json` from Google's console. */
  readonly file: string;
  /** Where codes may come from; may be left out for a client that is there already. */
  readonly sources?: readonly CodeSource[];
  /** One of `sources`; else the stored one while it is among them, else the first. */
  readonly defaultSource?: CodeSource;
}

export interface ImportReport {
  readonly outcome: ImportOutcome;
  /** Version of the record in Vault after the import. */
  readonly version: number;
  readonly clientId: string;
  /** Last four characters, as Google's console shows them. */
  readonly secretSuffix: string;
  readonly previousSecretSuffix?: string;
}

/**
 * Puts an OAuth client into ops' config mount, or a new secret of one that is there. Importing the
 * same file again changes nothing. The service takes it up within seconds.
 * @throws Refusal; VaultFault when Vault cannot be reached
 */
export async function importOAuthClient(
  client: VaultClient,
  options: ImportOptions,
): Promise<ImportReport> {
  const { alias, configMount } = options;
  checkAlias(alias);
  const file = parseClientFile(options.file);
  const stored = await readClientFields(client, { configMount, alias });
  const plan = planImport({ ...options, file, stored: stored.fields });
  const version =
    plan.outcome === 'unchanged'
      ? stored.version
      : await write(client, {
          path: `${configMount}/data/clients/${alias}`,
          fields: plan.fields,
          expectedVersion: stored.version,
        });
  const previous = plan.fields.get('previous_client_secret');
  return {
    outcome: plan.outcome,
    version,
    clientId: file.clientId,
    secretSuffix: shownSecret(file.clientSecret),
    ...(previous !== '' ? { previousSecretSuffix: shownSecret(new Secret(previous)) } : {}),
  };
}

interface FieldsWrite {
  readonly path: string;
  readonly fields: ClientFields;
  readonly expectedVersion: number;
}

async function write(client: VaultClient, { path, fields, expectedVersion }: FieldsWrite) {
  const reply = await client.write(path, {
    data: fields.reveal(),
    options: { cas: expectedVersion },
  });
  switch (verdictOf(reply)) {
    case 'ok':
      return expectedVersion + 1;
    case 'conflict':
      throw new Refusal('The client was just changed by somebody else: run this again.');
    default:
      throw unexpectedReply(reply, `write ${path}`);
  }
}
