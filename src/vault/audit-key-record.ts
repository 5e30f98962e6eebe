import { z } from 'zod';
import { Secret } from '../domain/secret.ts';

/** In ops' mount: made by `tokenvault init`, replaced by whoever rotates it, read at each start. */
export const AUDIT_KEY_PATH = 'audit-key';

const KEY_BYTES = 32;

const record = z.object({
  /** base64 or base64url of 32 random bytes. */
  key: z
    .string()
    .regex(/^[\w+/-]+={0,2}$/)
    .refine((key) => Buffer.from(key, 'base64').length === KEY_BYTES),
});

/** The `data` of a KV v2 write of an audit key. */
export function encodeAuditKey(key: Secret): object {
  return { key: key.reveal() };
}

/** `undefined` where `fields` is no audit key. */
export function decodeAuditKey(fields: unknown): Secret | undefined {
  const parsed = record.safeParse(fields);
  return parsed.success ? new Secret(parsed.data.key) : undefined;
}
