import type { CodeSource } from '../../domain/oauth-client.ts';
import { splitList } from '../client-record.ts';
import type { ClientFields } from './client-fields.ts';
import type { ClientFile } from './client-file.ts';
import { Refusal } from './refusal.ts';

export type ImportOutcome = 'created' | 'secret rotated' | 'updated' | 'unchanged';

export interface PlanRequest {
  readonly alias: string;
  readonly file: ClientFile;
  /** What is stored under the alias; no fields where nothing is. */
  readonly stored: ClientFields;
  readonly sources?: readonly CodeSource[];
  readonly defaultSource?: CodeSource;
}

/**
 * What an import makes of the stored client, without doing it. Fields that TokenVault does not know
 * stay as they are.
 * @throws Refusal when the import would break users of the client, or makes no sense
 */
export function planImport(request: PlanRequest): {
  readonly outcome: ImportOutcome;
  readonly fields: ClientFields;
} {
  const { alias, file, stored } = request;
  const owner = stored.get('client_id');
  if (owner !== '' && owner !== file.clientId) {
    throw new Refusal(
      `The alias ${alias} belongs to another client id, whose users' grants would all end: import this file under another alias.`,
    );
  }
  const fields = stored.with({
    client_id: file.clientId,
    ...secretFields(request),
    ...sourceFields(request),
  });
  return { outcome: outcomeOf(stored, fields), fields };
}

/** The secret that was current becomes the previous one, so that both work while Google has both. */
function secretFields({ file, stored }: PlanRequest): Readonly<Record<string, string>> {
  const secret = file.clientSecret.reveal();
  const current = stored.get('client_secret');
  if (secret === current) return {};
  if (secret === stored.get('previous_client_secret')) {
    throw new Refusal(
      'The file holds the previous secret, which a newer one has replaced: import the newest file, or patch the record by hand.',
    );
  }
  if (current === '') return { client_secret: secret };
  return { client_secret: secret, previous_client_secret: current };
}

function sourceFields(request: PlanRequest): Readonly<Record<string, string>> {
  const { file, stored, defaultSource } = request;
  const sources: readonly string[] = request.sources ?? splitList(stored.get('code_sources'));
  const [first] = sources;
  if (first === undefined) {
    throw new Refusal(
      `Say where codes for ${request.alias} come from: \`--sources\` with one or more of mobile, web-popup, web-redirect.`,
    );
  }
  if (sources.includes('web-redirect') && file.redirectUris.length === 0) {
    throw new Refusal(
      'The client has no redirect URI, which the source web-redirect needs: add one in Google’s console and download the file again.',
    );
  }
  if (defaultSource !== undefined && !sources.includes(defaultSource)) {
    throw new Refusal('The default source is not among the sources: add it to `--sources`.');
  }
  const kept = stored.get('default_code_source');
  const origins = sources.includes('web-popup') ? file.javascriptOrigins : [];
  return {
    redirect_uris: [...new Set([...file.redirectUris, ...origins])].join(','),
    code_sources: [...new Set(sources)].join(','),
    default_code_source: defaultSource ?? (sources.includes(kept) ? kept : first),
  };
}

function outcomeOf(stored: ClientFields, fields: ClientFields): ImportOutcome {
  if (stored.equals(fields)) return 'unchanged';
  if (stored.get('client_secret') === '') return 'created';
  return stored.get('client_secret') === fields.get('client_secret') ? 'updated' : 'secret rotated';
}
