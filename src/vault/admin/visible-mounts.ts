import { z } from 'zod';
import type { VaultClient } from '../vault-client.ts';

const mountsReply = z.object({ data: z.object({ secret: z.record(z.string(), z.unknown()) }) });

/** What every token reaches by Vault's `default` policy. */
const EVERYBODYS: ReadonlySet<string> = new Set(['cubbyhole', 'identity', 'sys']);

/**
 * The mounts of secrets in which the token may do anything at all, without those that every token
 * reaches; undefined where Vault does not say.
 * @throws VaultFault
 */
export async function visibleMounts(client: VaultClient): Promise<readonly string[] | undefined> {
  const reply = await client.read('sys/internal/ui/mounts');
  const parsed = mountsReply.safeParse(reply.body);
  if (reply.status !== 200 || !parsed.success) return undefined;
  return Object.keys(parsed.data.data.secret)
    .map((path) => path.replace(/\/$/, ''))
    .filter((mount) => !EVERYBODYS.has(mount));
}
