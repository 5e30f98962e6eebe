import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type AppProcess, startAppProcess } from '../../test/support/app-process.ts';
import type { AppWorld } from '../../test/support/app-world.ts';
import { type GatewayProcess, startGatewayProcess } from '../../test/support/gateway-process.ts';

/** Replicas, which differ in how they log in to Vault, and a gateway before the first. */
export interface Fleet {
  readonly replicas: ReadonlyMap<string, AppProcess>;
  readonly gateway: GatewayProcess;
  readonly auditFiles: readonly string[];
}

export const BY_TOKEN_FILE = 'token file';
export const BY_APP_ROLE = 'AppRole';
export const BY_JWT = 'JWT';
export const REPLICAS: readonly string[] = [BY_TOKEN_FILE, BY_APP_ROLE, BY_JWT];
export const GATEWAY = 'gateway';

export interface FleetOptions {
  /** What `vault.auth` says at the replicas with these names; elsewhere it is the world's token file. */
  readonly auths: ReadonlyMap<string, object>;
  /** For configuration and audit. */
  readonly folder: string;
}

export async function startFleet(
  world: AppWorld,
  { auths, folder }: FleetOptions,
  started: AsyncDisposableStack,
): Promise<Fleet> {
  const auditFileOf = (name: string) => join(folder, `audit-${name.replaceAll(' ', '-')}.log`);
  const start = async (name: string) => {
    const auth = auths.get(name);
    const configFile =
      auth === undefined ? world.configFile : await configWith(auth, world, join(folder, name));
    // No line, no answer: a key that could not be used would show as a failed call.
    const set = { 'audit.file': auditFileOf(name), 'audit.required': 'true' };
    const process = await startAppProcess({ ...world, configFile }, { set });
    started.defer(() => process.kill());
    return [name, process] as const;
  };
  const replicas = await Promise.all(REPLICAS.map(start));
  const gateway = await startGatewayProcess(world, replicas[0]?.[1].port ?? 0);
  started.defer(() => gateway.kill());
  return { replicas: new Map(replicas), gateway, auditFiles: REPLICAS.map(auditFileOf) };
}

/** The world's configuration in another file, with another login. */
async function configWith(auth: object, { configFile }: AppWorld, file: string): Promise<string> {
  const tree = parse(await readFile(configFile, 'utf8'));
  const own = `${file}.yaml`;
  await writeFile(own, stringify({ ...tree, vault: { ...tree.vault, auth } }));
  return own;
}
