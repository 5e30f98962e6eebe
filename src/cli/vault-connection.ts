import { join } from 'node:path';
import type { Command } from 'commander';
import { firstSet } from '../config/environment.ts';
import { isToken } from '../config/files.ts';
import { mountPath } from '../config/mount-path.ts';
import { httpsOrigin } from '../config/network-names.ts';
import { NO_METRICS } from '../domain/metrics.ts';
import { Secret } from '../domain/secret.ts';
import { explainDenial } from '../vault/admin/refusal.ts';
import { VaultClient } from '../vault/vault-client.ts';
import type { CliContext } from './cli-context.ts';
import { flagValue } from './flag-value.ts';
import { readOptionalFile } from './read-file.ts';
import { UsageError } from './usage-error.ts';
import { addVaultTlsFlags, type VaultTlsFlags, vaultTls } from './vault-tls-flags.ts';

/** Flags of every command that talks to Vault as the operator. */
export interface VaultFlags extends VaultTlsFlags {
  readonly vaultAddr?: string;
  readonly namespace?: string;
}

/** Mounting an engine on a large Vault takes seconds. */
const REQUEST_TIMEOUT_MS = 15_000;

/** Adds the flags; the names and variables are those of Vault's and OpenBao's own command lines. */
export function addVaultFlags(command: Command): Command {
  return addVaultTlsFlags(command)
    .option('--vault-addr <url>', 'address of Vault (BAO_ADDR, VAULT_ADDR)')
    .option('--namespace <name>', 'namespace in Vault (BAO_NAMESPACE, VAULT_NAMESPACE)');
}

/** The name of a mount, as a flag takes it. @throws UsageError */
export function mountName(name: string): string {
  return flagValue(`The mount ${JSON.stringify(name)}`, name, mountPath());
}

/**
 * Runs `action` with a client of Vault that uses the operator's token, and closes it.
 * @throws UsageError when address or token are missing or make no sense
 */
export async function withVault<Result>(
  context: CliContext,
  flags: VaultFlags,
  action: (client: VaultClient) => Promise<Result>,
): Promise<Result> {
  const address = addressOf(context, flags);
  const token = operatorToken(context);
  const tls = vaultTls(context, flags);
  const namespace = flags.namespace ?? variable(context, 'NAMESPACE');
  const client = new VaultClient({
    address,
    token: () => token,
    ...(namespace === undefined ? {} : { namespace }),
    tls: () => tls,
    timeoutMs: REQUEST_TIMEOUT_MS,
    metrics: NO_METRICS,
    clock: context.clock,
  });
  try {
    return await action(client);
  } catch (error) {
    throw await explainDenial(client, error);
  } finally {
    await client.close();
  }
}

/** OpenBao's name of a variable, or else Vault's. */
function variable({ env }: CliContext, name: string): string | undefined {
  return firstSet(env, [`BAO_${name}`, `VAULT_${name}`])?.value;
}

function addressOf(context: CliContext, flags: VaultFlags): string {
  const address = flags.vaultAddr ?? variable(context, 'ADDR');
  if (address === undefined) {
    throw new UsageError('Say where Vault is: `--vault-addr https://…:8200`, or set VAULT_ADDR.');
  }
  return flagValue('The address of Vault', address, httpsOrigin());
}

function operatorToken(context: CliContext): Secret {
  const found =
    variable(context, 'TOKEN') ?? readOptionalFile(context, join(context.home, '.vault-token'));
  const token = found?.trim() ?? '';
  if (!isToken(token)) {
    throw new UsageError('There is no Vault token: set VAULT_TOKEN, or log in with `vault login`.');
  }
  return new Secret(token);
}
