import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type AppProcess, startAppProcess } from '../../test/support/app-process.ts';
import type { AppWorld } from '../../test/support/app-world.ts';
import type { SecretIdRole } from './secrets/secret-id.ts';

/** Two replicas, which differ in how they log in to Vault. */
export interface Fleet {
  readonly processes: ReadonlyMap<string, AppProcess>;
  readonly auditFiles: readonly string[];
}

export const BY_TOKEN_FILE = 'token file';
export const BY_APP_ROLE = 'AppRole';

export async function startFleet(
  world: AppWorld,
  { role, folder }: { readonly role: SecretIdRole; readonly folder: string },
  started: AsyncDisposableStack,
): Promise<Fleet> {
  const start = async (name: string, configFile: string) => {
    const auditFile = join(folder, `audit-${name.replaceAll(' ', '-')}.log`);
    // No line, no answer: a key that could not be used would show as a failed call.
    const set = { 'audit.file': auditFile, 'audit.required': 'true' };
    const process = await startAppProcess({ ...world, configFile }, { set });
    started.defer(() => process.kill());
    return { name, process, auditFile };
  };
  const replicas = [
    await start(BY_TOKEN_FILE, world.configFile),
    await start(BY_APP_ROLE, await appRoleConfig(world, role, folder)),
  ];
  return {
    processes: new Map(replicas.map(({ name, process }) => [name, process])),
    auditFiles: replicas.map(({ auditFile }) => auditFile),
  };
}

/** The world's configuration, with the other login. */
async function appRoleConfig(
  { configFile }: AppWorld,
  { roleId, file }: SecretIdRole,
  folder: string,
): Promise<string> {
  const tree = parse(await readFile(configFile, 'utf8'));
  const approle = { role_id: roleId, secret_id_file: file };
  const own = join(folder, 'approle.yaml');
  await writeFile(own, stringify({ ...tree, vault: { ...tree.vault, auth: { approle } } }));
  return own;
}
