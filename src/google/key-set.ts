import { createPublicKey } from 'node:crypto';
import { z } from 'zod';

const MIN_MODULUS_BITS = 2_048;

/** Google's signing keys: PEM by key id. */
export type KeySet = ReadonlyMap<string, string>;

const byKeyId = z.record(z.string(), z.unknown());

/**
 * The keys of the answer that we can check with. A key of another kind, which Google may add beside
 * them, costs itself alone.
 * @returns how many were `dropped`; undefined where the answer holds no sound RSA key
 */
export function keySet(
  body: unknown,
): { readonly keys: KeySet; readonly dropped: number } | undefined {
  const parsed = byKeyId.safeParse(body);
  if (!parsed.success) return undefined;
  const served = Object.entries(parsed.data);
  const keys = new Map<string, string>();
  for (const [keyId, pem] of served) if (isSound(pem)) keys.set(keyId, pem);
  return keys.size === 0 ? undefined : { keys, dropped: served.length - keys.size };
}

function isSound(pem: unknown): pem is string {
  if (typeof pem !== 'string') return false;
  try {
    const key = createPublicKey(pem);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === 'rsa' && bits >= MIN_MODULUS_BITS;
  } catch {
    // Not a key at all.
    return false;
  }
}
