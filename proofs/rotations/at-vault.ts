import type { AppWorld } from '../../test/support/app-world.ts';

/** Writes as `vault kv put` does, or with `patch` as `vault kv patch`: some fields of a record alone. */
export async function writeAtVault(
  { server, mounts }: AppWorld,
  path: string,
  change: { readonly put: object } | { readonly patch: object },
): Promise<void> {
  const isPut = 'put' in change;
  const reply = await fetch(`${server.address}/v1/${mounts.configMount}/data/${path}`, {
    method: isPut ? 'POST' : 'PATCH',
    headers: {
      'x-vault-token': server.rootToken,
      'content-type': isPut ? 'application/json' : 'application/merge-patch+json',
    },
    body: JSON.stringify({ data: isPut ? change.put : change.patch, options: {} }),
  });
  if (!reply.ok) throw new Error(`Vault answers ${reply.status} to a write of ${path}.`);
}
