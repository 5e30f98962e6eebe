import { z } from 'zod';
import { Secret } from '../domain/secret.ts';

/**
 * Keys in ops' mount: made by `tokenvault init`, replaced by whoever rotates them, followed by the
 * service. Which of them is older the versions of the record say.
 */
export const AUDIT_KEY_PATH = 'audit-key';
export const LOG_KEY_PATH = 'log-key';
export type KeyPath = typeof AUDIT_KEY_PATH | typeof LOG_KEY_PATH;

const KEY_BYTES = 32;

const record = z.object({
  /** base64 or base64url of 32 random bytes; `vault kv put … key=-` leaves a line end behind it. */
  key: z
    .string()
    .trim()
    .regex(/^[\w+/-]+={0,2}$/)
    .refine((key) => Buffer.from(key, 'base64').length === KEY_BYTES),
});

/** The `data` of a KV v2 write of a key. */
export function encodeKey(key: Secret): object {
  return { key: key.reveal() };
}

/** `undefined` where `fields` is no key. */
export function decodeKey(fields: unknown): Secret | undefined {
  const parsed = record.safeParse(fields);
  return parsed.success ? new Secret(parsed.data.key) : undefined;
}
