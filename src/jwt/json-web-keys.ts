import type { JWK } from 'jose';
import { z } from 'zod';

const MOST_KEYS = 100;
/** 2 048 bits in base64url without padding. */
const SHORTEST_MODULUS = 342;

const text = z.string().min(1).max(256);
const modulus = z.string().min(SHORTEST_MODULUS);
const shared = { kid: text, alg: text.optional(), use: z.literal('sig').optional() };

/** Public keys for signatures (RFC 7518 section 6); whatever else a key says of itself is dropped. */
const publicKey = z.discriminatedUnion('kty', [
  z.object({ ...shared, kty: z.literal('RSA'), n: modulus, e: text }),
  z.object({ ...shared, kty: z.literal('EC'), crv: text, x: text, y: text }),
  z.object({ ...shared, kty: z.literal('OKP'), crv: text, x: text }),
]);
const keySet = z.object({ keys: z.array(z.unknown()).max(MOST_KEYS) });

/** The keys of an answer that signatures can be checked with, by key id. */
export interface JsonWebKeys {
  readonly keys: ReadonlyMap<string, JWK>;
  /** How many others there were. */
  readonly dropped: number;
}

/** Reads a JWK set (RFC 7517 section 5). @returns undefined where it has no key that is of use */
export function jsonWebKeys(body: unknown): JsonWebKeys | undefined {
  const parsed = keySet.safeParse(body);
  if (!parsed.success) return undefined;
  const keys = new Map<string, JWK>();
  for (const served of parsed.data.keys) {
    const key = publicKey.safeParse(served);
    // The first of two with one id, in every replica.
    if (key.success && !keys.has(key.data.kid)) keys.set(key.data.kid, key.data as JWK);
  }
  return keys.size === 0 ? undefined : { keys, dropped: parsed.data.keys.length - keys.size };
}
