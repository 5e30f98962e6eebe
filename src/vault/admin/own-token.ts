import { z } from 'zod';
import type { VaultClient } from '../vault-client.ts';

/** What Vault says of the token that asks. */
export interface OwnToken {
  readonly policies: readonly string[];
  /** Seconds to its end; 0: it has none. */
  readonly ttlS: number;
  /** What that was when it was made or renewed last, by and large. */
  readonly lifeS: number;
  /** How often it can still be used; 0: without a limit. */
  readonly usesLeft: number;
}

const lookupReply = z.object({
  data: z.object({
    policies: z.array(z.string()),
    ttl: z.number(),
    creation_ttl: z.number(),
    num_uses: z.number(),
    identity_policies: z.array(z.string()).nullish(),
  }),
});

/** Undefined where the token may not look at itself. @throws VaultFault */
export async function readOwnToken(client: VaultClient): Promise<OwnToken | undefined> {
  const reply = await client.read('auth/token/lookup-self');
  const parsed = lookupReply.safeParse(reply.body);
  if (reply.status !== 200 || !parsed.success) return undefined;
  const { policies, identity_policies, ttl, creation_ttl, num_uses } = parsed.data.data;
  return {
    policies: [...policies, ...(identity_policies ?? [])],
    ttlS: ttl,
    lifeS: creation_ttl,
    usesLeft: num_uses,
  };
}
