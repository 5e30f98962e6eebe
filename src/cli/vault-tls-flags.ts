import type { Command } from 'commander';
import { z } from 'zod';
import { firstSet } from '../config/environment.ts';
import { type VaultTlsConfig, vaultTlsKeys, vaultTlsOf } from '../config/vault-tls-keys.ts';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './usage-error.ts';

/** Flags that say how Vault and the operator know each other. */
export interface VaultTlsFlags {
  readonly ca?: string;
  readonly caPath?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly tlsServerName?: string;
  readonly tlsSkipVerify?: boolean;
}

/** Each rule of the configuration, and the flag and variable that give its value here. */
const SOURCES = {
  ca_file: ['--ca', 'CACERT', 'ca'],
  ca_folder: ['--ca-path', 'CAPATH', 'caPath'],
  client_cert_file: ['--client-cert', 'CLIENT_CERT', 'clientCert'],
  client_key_file: ['--client-key', 'CLIENT_KEY', 'clientKey'],
  server_name: ['--tls-server-name', 'TLS_SERVER_NAME', 'tlsServerName'],
  skip_verify: ['--tls-skip-verify', 'SKIP_VERIFY', 'tlsSkipVerify'],
} as const;

/** Adds the flags; the names are those of Vault's own command line. */
export function addVaultTlsFlags(command: Command): Command {
  return command
    .option('--ca <file>', 'CA certificate of Vault (BAO_CACERT, VAULT_CACERT)')
    .option('--ca-path <folder>', 'folder of CA certificates (BAO_CAPATH, VAULT_CAPATH)')
    .option('--client-cert <file>', 'certificate to show Vault (…_CLIENT_CERT)')
    .option('--client-key <file>', 'private key of that certificate (…_CLIENT_KEY)')
    .option('--tls-server-name <name>', 'name in the certificate of Vault (…_TLS_SERVER_NAME)')
    .option('--tls-skip-verify', 'take any certificate: never outside of tests (…_SKIP_VERIFY)');
}

/** @throws UsageError naming the flag or variable that makes no sense */
export function vaultTls(context: CliContext, flags: VaultTlsFlags): VaultTlsConfig {
  const { env, readFile, listFolder, complain } = context;
  const given = new Map(
    Object.entries(SOURCES).map(([key, [flag, name, option]]) => {
      const variable = firstSet(env, [`BAO_${name}`, `VAULT_${name}`]);
      const fromFlag = flags[option];
      return [
        key,
        fromFlag === undefined
          ? { source: variable?.name ?? flag, value: variable?.value }
          : { source: flag, value: fromFlag },
      ];
    }),
  );
  const schema = z
    .object(vaultTlsKeys(readFile, listFolder))
    .transform((keys, issues) => vaultTlsOf(keys, env, issues));
  const values = Object.fromEntries([...given].map(([key, { value }]) => [key, value]));
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const { source = 'A flag', value } = given.get(String(issue?.path[0])) ?? {};
    const quoted = typeof value === 'string' ? ` (${value})` : '';
    throw new UsageError(`${source}${quoted} ${issue?.message ?? 'is not valid'}.`);
  }
  if (parsed.data.skipVerify) {
    complain('Vault’s certificate is not checked: anybody in between can read the token.');
  }
  return parsed.data;
}
