import type { Command } from 'commander';
import { AuditKeys } from '../audit/audit-keys.ts';
import type { Secret } from '../domain/secret.ts';
import { readAuditKeys } from '../vault/admin/stored-audit-keys.ts';
import { decodeAuditKey } from '../vault/audit-key-record.ts';
import type { CliContext } from './cli-context.ts';
import { readNamedFile } from './read-file.ts';
import { UsageError } from './usage-error.ts';
import { addVaultFlags, mountName, type VaultFlags, withVault } from './vault-connection.ts';

export interface AuditKeyFlags extends VaultFlags {
  readonly configMount: string;
  readonly keyFile?: string;
}

export function addAuditKeyFlags(command: Command): Command {
  return addVaultFlags(command)
    .option('--config-mount <name>', 'mount of the audit’s key', mountName, 'tokenvault-config')
    .option('--key-file <file>', 'keys in base64, one on each line, instead of those in Vault');
}

/** The keys that lines may be made with, by their ids; the newest first where they come from Vault. */
export async function auditKeys(
  context: CliContext,
  flags: AuditKeyFlags,
): Promise<ReadonlyMap<string, AuditKeys>> {
  const secrets =
    flags.keyFile === undefined
      ? await withVault(context, flags, (client) => readAuditKeys(client, flags.configMount))
      : keysInFile(context, flags.keyFile);
  return new Map(secrets.map((secret) => new AuditKeys(secret)).map((keys) => [keys.id, keys]));
}

function keysInFile(context: CliContext, path: string): readonly Secret[] {
  const lines = readNamedFile(context, path, 'the audit’s keys').split('\n');
  const keys = lines.filter((line) => line.trim() !== '').map((line) => line.trim());
  const decoded = keys.map((key) => decodeAuditKey({ key }));
  const known = decoded.filter((key) => key !== undefined);
  if (known.length > 0 && known.length === decoded.length) return known;
  throw new UsageError(
    `The file ${path} must hold keys alone, base64 of 32 bytes, one on each line.`,
  );
}
