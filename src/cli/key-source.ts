import type { Command } from 'commander';
import type { Secret } from '../domain/secret.ts';
import { readStoredKeys } from '../vault/admin/stored-keys.ts';
import { decodeKey, type KeyPath } from '../vault/key-record.ts';
import type { CliContext } from './cli-context.ts';
import { readNamedFile } from './read-file.ts';
import { UsageError } from './usage-error.ts';
import { addVaultFlags, mountName, type VaultFlags, withVault } from './vault-connection.ts';

export interface KeyFlags extends VaultFlags {
  readonly configMount: string;
  readonly keyFile?: string;
}

export function addKeyFlags(command: Command): Command {
  return addVaultFlags(command)
    .option('--config-mount <name>', 'mount of the key', mountName, 'tokenvault-config')
    .option('--key-file <file>', 'keys in base64, one on each line, instead of those in Vault');
}

/** The keys that lines may be made with, by their ids; the newest first where they come from Vault. */
export async function keysById<Keys extends { readonly id: string }>(
  context: CliContext,
  flags: KeyFlags,
  { key, of }: { readonly key: KeyPath; readonly of: (secret: Secret) => Keys },
): Promise<ReadonlyMap<string, Keys>> {
  const { configMount, keyFile } = flags;
  const secrets =
    keyFile === undefined
      ? await withVault(context, flags, (client) => readStoredKeys(client, { configMount, key }))
      : keysInFile(context, keyFile);
  return new Map(secrets.map(of).map((keys) => [keys.id, keys]));
}

function keysInFile(context: CliContext, path: string): readonly Secret[] {
  const lines = readNamedFile(context, path, 'the keys').split('\n');
  const keys = lines.filter((line) => line.trim() !== '').map((line) => line.trim());
  const decoded = keys.map((key) => decodeKey({ key }));
  const known = decoded.filter((key) => key !== undefined);
  if (known.length > 0 && known.length === decoded.length) return known;
  throw new UsageError(
    `The file ${path} must hold keys alone, base64 of 32 bytes, one on each line.`,
  );
}
