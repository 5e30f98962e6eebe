import { servicePolicy } from '../../../src/vault/admin/policies.ts';
import { createServiceToken } from '../../../src/vault/admin/service-token.ts';
import type { AppWorld } from '../../../test/support/app-world.ts';
import { putFile } from '../put-file.ts';
import type { RotatedSecret } from '../rotated-secret.ts';

const PERIOD_MS = 3_600_000;

/** The token that somebody else, such as Vault Agent, writes into a file. */
/** @param process which reads it */
export function vaultTokenFile(world: AppWorld, process: string): RotatedSecret {
  const { root, mounts, tokenFile } = world;
  const tokenOf = (policy: string) => createServiceToken(root, { policy, periodMs: PERIOD_MS });
  let inUse = world.serviceToken;
  let next = inUse;
  const wrongs: readonly (() => Promise<string>)[] = [
    async () => 'hvs.of-somebody-else',
    async () => (await tokenOf('default')).reveal(),
    async () => 'two words',
  ];
  return {
    name: 'Vault token in a file',
    processes: [process],
    taken: { event: 'config_taken', fields: { part: 'vault.auth' } },
    refused: { event: 'config_refused', fields: { part: 'vault.auth' } },
    rotate: async () => {
      next = await tokenOf(servicePolicy(mounts).name);
      await putFile(tokenFile, `${next.reveal()}\n`);
    },
    retire: async () => {
      await root.write('auth/token/revoke', { token: inUse.reveal() });
      inUse = next;
    },
    spoil: async (turn) => putFile(tokenFile, (await wrongs[turn % wrongs.length]?.()) ?? ''),
  };
}
