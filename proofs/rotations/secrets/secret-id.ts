import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { servicePolicy } from '../../../src/vault/admin/policies.ts';
import type { AppWorld } from '../../../test/support/app-world.ts';
import { putFile } from '../put-file.ts';
import type { RotatedSecret } from '../rotated-secret.ts';

const ROLE = 'auth/approle/role/tokenvault';
/** So short that the service logs in again and again besides. */
const LIFE = { token_ttl: '20s', token_max_ttl: '40s', secret_id_ttl: '0' };

const roleReply = z.object({ data: z.object({ role_id: z.string() }) });
const secretIdReply = z.object({
  data: z.object({ secret_id: z.string(), secret_id_accessor: z.string() }),
});

/** How the service logs in by a role of AppRole, with its secret id in a file. */
export interface SecretIdRole {
  /** As `vault.auth` has it. */
  readonly auth: { readonly approle: Readonly<Record<'role_id' | 'secret_id_file', string>> };
  readonly secret: RotatedSecret;
}

/** Makes the role, and a first secret id. */
export async function secretIdRole(
  { root, mounts }: AppWorld,
  { folder, process }: { readonly folder: string; readonly process: string },
): Promise<SecretIdRole> {
  await root.write('sys/auth/approle', { type: 'approle' });
  await root.write(ROLE, { token_policies: [servicePolicy(mounts).name], ...LIFE });
  const { role_id: roleId } = roleReply.parse((await root.read(`${ROLE}/role-id`)).body).data;
  const file = join(folder, 'secret-id');
  const make = async () => {
    const reply = await root.write(`${ROLE}/secret-id`, {});
    return secretIdReply.parse(reply.body).data;
  };
  let inUse = await make();
  let next = inUse;
  await writeFile(file, inUse.secret_id, { mode: 0o600 });
  const secret: RotatedSecret = {
    name: 'secret id of AppRole',
    processes: [process],
    taken: { event: 'vault_token_replaced', fields: { method: 'approle' } },
    refused: { event: 'vault_login_refused', fields: { method: 'approle' } },
    rotate: async () => {
      next = await make();
      await putFile(file, next.secret_id);
    },
    retire: async () => {
      const { secret_id_accessor } = inUse;
      await root.write(`${ROLE}/secret-id-accessor/destroy`, { secret_id_accessor });
      inUse = next;
    },
    spoil: (turn) => putFile(file, `not-a-secret-id-${turn}`),
  };
  return { auth: { approle: { role_id: roleId, secret_id_file: file } }, secret };
}
