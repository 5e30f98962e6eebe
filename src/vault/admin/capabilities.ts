import { z } from 'zod';
import type { VaultClient } from '../vault-client.ts';
import type { Capability } from './policies.ts';

/** What the token may do on the paths that were asked for. */
export interface Granted {
  readonly kind: 'granted';
  /** Whether it is a root token, which may do everything. */
  readonly isRoot: boolean;
  allows(path: string, capability: Capability): boolean;
}

const capabilitiesReply = z.object({ data: z.record(z.string(), z.unknown()) });

const capabilityList = z.array(z.string());

/**
 * Asks Vault what the client's own token may do on `paths`.
 * @see https://developer.hashicorp.com/vault/api-docs/system/capabilities-self
 */
export async function ownCapabilities(
  client: VaultClient,
  paths: readonly string[],
): Promise<Granted | { readonly kind: 'refused'; readonly status: number }> {
  const reply = await client.write('sys/capabilities-self', { paths });
  const parsed = capabilitiesReply.safeParse(reply.body);
  if (reply.status !== 200 || !parsed.success) return { kind: 'refused', status: reply.status };
  const byPath = parsed.data.data;
  const listed = (path: string) => capabilityList.safeParse(byPath[path]).data ?? [];
  return {
    kind: 'granted',
    isRoot: paths.some((path) => listed(path).includes('root')),
    allows(path, capability) {
      const list = listed(path);
      // A root token has one capability that stands for all.
      return list.includes(capability) || list.includes('root');
    },
  };
}
