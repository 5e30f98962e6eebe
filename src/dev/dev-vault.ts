import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../domain/secret.ts';
import { PrometheusMetrics } from '../observability/prometheus-metrics.ts';
import { systemClock } from '../observability/system-clock.ts';
import { initVault } from '../vault/admin/init.ts';
import { importOAuthClient } from '../vault/admin/oauth-client-import.ts';
import { auditorPolicy, opsPolicy, servicePolicy } from '../vault/admin/policies.ts';
import { createServiceToken } from '../vault/admin/service-token.ts';
import { readStoredKeys } from '../vault/admin/stored-keys.ts';
import { writePolicies } from '../vault/admin/write-policies.ts';
import { AUDIT_KEY_PATH } from '../vault/key-record.ts';
import { VaultClient } from '../vault/vault-client.ts';
import { findOpenBao } from './openbao/binary.ts';
import { type OpenBao, startOpenBao } from './openbao/server.ts';

const MOUNTS = { mount: 'tokenvault', configMount: 'tokenvault-config' };
const TIMEOUT_MS = 10_000;
/** As long as Vault allows by default: it is renewed while the stack runs alone. */
const TOKEN_PERIOD_MS = 768 * 3_600_000;

export interface DevVaultOptions {
  /** Holds OpenBao's data, which a restart finds again. */
  readonly directory: string;
  readonly cacheDir: string;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
}

/** A real OpenBao process that `tokenvault init` and `tokenvault clients import` have prepared. */
export interface DevVault {
  readonly openBao: OpenBao;
  /** Holds the service's own token, with the least-privilege policy. */
  readonly tokenFile: string;
  /** Holds what `tokenvault audit verify --key-file` needs. */
  readonly auditKeyFile: string;
  /** Brings the client into the config mount as `default`. */
  importClient(file: { readonly web: object }): Promise<void>;
}

export async function startDevVault(options: DevVaultOptions): Promise<DevVault> {
  const binary = await findOpenBao(options);
  const dataDir = join(options.directory, 'openbao');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const port = options.port === 0 ? undefined : options.port;
  const openBao = await startOpenBao({ binary, dataDir, port });
  const tokenFile = join(options.directory, 'service-token');
  const auditKeyFile = join(options.directory, 'audit-key');
  await asOperator(openBao, async (client) => {
    await initVault(client, MOUNTS, { clock: systemClock });
    const service = servicePolicy(MOUNTS);
    await writePolicies(client, [service, opsPolicy(MOUNTS), auditorPolicy(MOUNTS)]);
    const token = await createServiceToken(client, {
      policy: service.name,
      periodMs: TOKEN_PERIOD_MS,
    });
    await writeFile(tokenFile, token.reveal(), { mode: 0o600 });
    const { configMount } = MOUNTS;
    const auditKeys = await readStoredKeys(client, { configMount, key: AUDIT_KEY_PATH });
    const keys = auditKeys.map((key) => key.reveal()).join('\n');
    await writeFile(auditKeyFile, keys, { mode: 0o600 });
  });
  const importClient = (file: { readonly web: object }) =>
    asOperator(openBao, async (client) => {
      await importOAuthClient(client, {
        configMount: MOUNTS.configMount,
        alias: 'default',
        file: JSON.stringify(file),
        sources: ['mobile', 'web-popup', 'web-redirect'],
      });
    });
  return { openBao, tokenFile, auditKeyFile, importClient };
}

async function asOperator(
  openBao: OpenBao,
  act: (client: VaultClient) => Promise<void>,
): Promise<void> {
  const token = new Secret(openBao.rootToken);
  const client = new VaultClient({
    address: openBao.address,
    token: () => token,
    timeoutMs: TIMEOUT_MS,
    metrics: new PrometheusMetrics(),
    clock: systemClock,
  });
  try {
    await act(client);
  } finally {
    await client.close();
  }
}
