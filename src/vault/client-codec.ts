import { z } from 'zod';
import {
  CODE_SOURCES,
  type CodeSource,
  type OAuthClient,
  type StoredOAuthClient,
} from '../domain/oauth-client.ts';
import { Secret } from '../domain/secret.ts';
import { splitList } from './client-record.ts';

const text = z.string({ error: 'is missing, or no string' });
const visible = text.regex(/^[\x21-\x7e]{1,255}$/, 'is not 1 to 255 printable characters');
const source = z.enum(CODE_SOURCES, {
  error: `names something else than ${CODE_SOURCES.join(', ')}`,
});
const list = text.transform(splitList);

const clientFields = z.object({
  client_id: z.preprocess(emptyAsMissing, visible),
  client_secret: z.preprocess(emptyAsMissing, visible),
  previous_client_secret: z.preprocess(emptyAsMissing, visible.optional()),
  redirect_uris: list.optional(),
  code_sources: list.pipe(z.array(source).min(1, 'is empty')),
  default_code_source: z.preprocess(emptyAsMissing, source.optional()),
});

/**
 * Reads the flat fields that ops keep with `vault kv put` and `patch`: lists are one string, with
 * commas or spaces between the items. Fields that are not known are left alone.
 */
export function decodeClient(
  fields: unknown,
  { alias, version }: { readonly alias: string; readonly version: number },
): StoredOAuthClient {
  const parsed = clientFields.safeParse(fields);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${String(path[0] ?? 'the record')} ${message}`,
    );
    return { kind: 'broken', problem: [...new Set(problems)].join('; ') };
  }
  const { data } = parsed;
  const [first = 'mobile'] = data.code_sources;
  const defaultCodeSource: CodeSource = data.default_code_source ?? first;
  if (!data.code_sources.includes(defaultCodeSource)) {
    return { kind: 'broken', problem: 'default_code_source is not among code_sources' };
  }
  const client: OAuthClient = {
    alias,
    clientId: data.client_id,
    secrets: secretsOf(data.client_secret, data.previous_client_secret),
    redirectUris: data.redirect_uris ?? [],
    codeSources: data.code_sources,
    defaultCodeSource,
    version,
  };
  return { kind: 'present', client };
}

function secretsOf(current: string, previous: string | undefined): OAuthClient['secrets'] {
  const secret = new Secret(current);
  // `vault kv patch` with the same secret twice must not try it twice.
  if (previous === undefined || previous === current) return [secret];
  return [secret, new Secret(previous)];
}

function emptyAsMissing(value: unknown): unknown {
  return value === '' ? undefined : value;
}
