import { z } from 'zod';
import { decodeClient } from '../client-codec.ts';
import { isAlias } from '../client-record.ts';
import type { VaultClient } from '../vault-client.ts';
import { absentVersion, verdictOf } from '../vault-errors.ts';
import { ClientFields } from './client-fields.ts';
import { Refusal, unexpectedReply } from './refusal.ts';

const kvReply = z.object({
  data: z.object({
    data: z.record(z.string(), z.unknown()),
    metadata: z.object({ version: z.number().int() }),
  }),
});

const listReply = z.object({ data: z.object({ keys: z.array(z.string()) }) });

/**
 * An alias becomes part of a path, so it is checked wherever one comes in.
 * @throws Refusal
 */
export function checkAlias(alias: string): void {
  if (isAlias(alias)) return;
  throw new Refusal(
    'An alias is 1 to 63 lower-case letters, digits and hyphens: choose another.',
    'input',
  );
}

/**
 * All fields that are stored under an alias, and their version for the next write; no fields where
 * there is no client, or where it was deleted.
 * @throws Refusal
 */
export async function readClientFields(
  client: VaultClient,
  { configMount, alias }: { readonly configMount: string; readonly alias: string },
): Promise<{ readonly fields: ClientFields; readonly version: number }> {
  checkAlias(alias);
  const path = `${configMount}/data/clients/${alias}`;
  const reply = await client.read(path);
  const verdict = verdictOf(reply);
  if (verdict === 'absent')
    return { fields: new ClientFields(), version: absentVersion(reply.body) };
  if (verdict === 'misconfigured') {
    throw new Refusal(`There is no KV v2 mount ${configMount}/: run \`tokenvault init\` first.`);
  }
  const parsed = kvReply.safeParse(reply.body);
  if (verdict !== 'ok' || !parsed.success) throw unexpectedReply(reply, `read ${path}`);
  const { data, metadata } = parsed.data.data;
  return { fields: new ClientFields(data), version: metadata.version };
}

/** Why the service cannot use a client with these fields; undefined where it can. */
export function problemOf(fields: ClientFields, alias: string): string | undefined {
  const decoded = decodeClient(fields.reveal(), { alias, version: 0 });
  return decoded.kind === 'broken' ? decoded.problem : undefined;
}

/** The aliases that are configured, sorted. */
export async function listAliases(
  client: VaultClient,
  configMount: string,
): Promise<readonly string[]> {
  const path = `${configMount}/metadata/clients`;
  const reply = await client.list(path);
  const parsed = listReply.safeParse(reply.body);
  if (parsed.success) return parsed.data.data.keys.filter((key) => !key.endsWith('/')).sort();
  if (verdictOf(reply) === 'absent') return [];
  throw unexpectedReply(reply, `list ${path}`);
}
