import { z } from 'zod';
import type { Secret } from '../../domain/secret.ts';
import { decodeKey, type KeyPath } from '../key-record.ts';
import type { VaultClient } from '../vault-client.ts';
import { verdictOf } from '../vault-errors.ts';
import { Refusal, unexpectedReply } from './refusal.ts';

const metadataReply = z.object({ data: z.object({ versions: z.record(z.string(), z.unknown()) }) });
const readReply = z.object({ data: z.object({ data: z.unknown() }) });

/** Which key, and in whose mount. */
export interface KeyRecord {
  readonly configMount: string;
  readonly key: KeyPath;
}

/**
 * Every version of a key that Vault still has, the newest first: lines that were written before a
 * rotation need an older one.
 * @throws Refusal
 */
export async function readStoredKeys(
  client: VaultClient,
  { configMount, key: record }: KeyRecord,
): Promise<readonly Secret[]> {
  const name = `${configMount}/${record}`;
  const path = `${configMount}/metadata/${record}`;
  const reply = await client.read(path);
  const parsed = metadataReply.safeParse(reply.body);
  const verdict = verdictOf(reply);
  if (verdict === 'absent' || verdict === 'misconfigured') {
    throw new Refusal(`There is no ${name}: run \`tokenvault init\`, or correct --config-mount.`);
  }
  if (verdict !== 'ok' || !parsed.success) throw unexpectedReply(reply, `read ${path}`);
  const versions = Object.keys(parsed.data.data.versions).map(Number);
  const keys: Secret[] = [];
  for (const version of versions.sort((a, b) => b - a)) {
    const key = await readVersion(client, `${configMount}/data/${record}`, version);
    if (key !== undefined) keys.push(key);
  }
  if (keys.length > 0) return keys;
  throw new Refusal(`The record ${name} holds no usable key: restore it from a backup.`);
}

/** Undefined for a version that was deleted, or is no key. */
async function readVersion(
  client: VaultClient,
  path: string,
  version: number,
): Promise<Secret | undefined> {
  const reply = await client.read(`${path}?version=${version}`);
  if (verdictOf(reply) === 'absent') return undefined;
  const parsed = readReply.safeParse(reply.body);
  if (verdictOf(reply) !== 'ok' || !parsed.success) throw unexpectedReply(reply, `read ${path}`);
  return decodeKey(parsed.data.data.data);
}
