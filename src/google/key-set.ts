import { createPublicKey } from 'node:crypto';
import { z } from 'zod';

const MIN_MODULUS_BITS = 2_048;

/** Google's signing keys: PEM by key id. */
export type KeySet = ReadonlyMap<string, string>;

const pemByKeyId = z.record(z.string().min(1).max(256), z.string());

/** All keys of the answer; undefined where there is none, or one of them is not a sound RSA key. */
export function keySet(body: unknown): KeySet | undefined {
  const parsed = pemByKeyId.safeParse(body);
  if (!parsed.success) return undefined;
  const keys = new Map(Object.entries(parsed.data));
  return keys.size > 0 && [...keys.values()].every(isSound) ? keys : undefined;
}

function isSound(pem: string): boolean {
  try {
    const key = createPublicKey(pem);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === 'rsa' && bits >= MIN_MODULUS_BITS;
  } catch {
    // Not a key at all.
    return false;
  }
}
