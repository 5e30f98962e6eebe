import { z } from 'zod';
import type { RevocationSettings } from '../domain/revocation-store.ts';
import { Secret } from '../domain/secret.ts';
import { PathKey } from './path-key.ts';
import { parseRecordFields, recordFields } from './record-text.ts';

/** The two records that `tokenvault init` writes once, and that every replica reads at its start. */
export const PATH_KEY_PATH = 'path-key';
export const SETTINGS_PATH = 'settings';
/** Begun by `tokenvault init`, carried on by every replica. */
export const REVOCATION_LOG_PATH = 'revocation-log';

const SCHEMA = 1;
const KEY_BYTES = 32;

const pathKeyRecord = z.strictObject({
  schema: z.literal(SCHEMA),
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  /** base64url of 32 random bytes. */
  key: z.string().refine((key) => Buffer.from(key, 'base64url').length === KEY_BYTES),
});

const settingsRecord = z.strictObject({
  schema: z.literal(SCHEMA),
  /** Milliseconds. */
  revocation_bound: z.number().int().positive(),
  revocation_mode: z.enum(['available', 'strict']),
});

export interface PathKeyFields {
  readonly id: string;
  /** base64url of 32 random bytes. */
  readonly key: Secret;
}

/** The `data` of a KV v2 write of the path key. */
export function encodePathKey({ id, key }: PathKeyFields): object {
  return recordFields(JSON.stringify({ schema: SCHEMA, id, key: key.reveal() }));
}

/** `undefined` where `fields` is no path key. */
export function decodePathKey(fields: unknown): PathKey | undefined {
  const parsed = pathKeyRecord.safeParse(parseRecordFields(fields));
  if (!parsed.success) return undefined;
  return new PathKey({ id: parsed.data.id, key: new Secret(parsed.data.key) });
}

/** The `data` of a KV v2 write of the settings. */
export function encodeSettings({ boundMs, mode }: RevocationSettings): object {
  const record = { schema: SCHEMA, revocation_bound: boundMs, revocation_mode: mode };
  return recordFields(JSON.stringify(record));
}

/** `undefined` where `fields` are no settings. */
export function decodeSettings(fields: unknown): RevocationSettings | undefined {
  const parsed = settingsRecord.safeParse(parseRecordFields(fields));
  if (!parsed.success) return undefined;
  return { boundMs: parsed.data.revocation_bound, mode: parsed.data.revocation_mode };
}
