import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { RevocationSettings } from '../../src/domain/revocation-store.ts';
import { Secret } from '../../src/domain/secret.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { initVault } from '../../src/vault/admin/init.ts';
import { type Policy, servicePolicy } from '../../src/vault/admin/policies.ts';
import { createServiceToken } from '../../src/vault/admin/service-token.ts';
import { writePolicies } from '../../src/vault/admin/write-policies.ts';
import { openVault, type Vault, type VaultOptions } from '../../src/vault/open-vault.ts';
import { VaultClient } from '../../src/vault/vault-client.ts';
import { RecordingLogger } from './recording/logger.ts';
import { RecordingMetrics } from './recording/metrics.ts';

/** A Vault server that a test may use as it likes, with a token that may do everything. */
export interface Server {
  readonly address: string;
  readonly rootToken: string;
}

/** The server that the whole run shares: tests stay within mounts of their own. */
export function sharedServer(): Server {
  return { address: inject('vaultAddress'), rootToken: inject('vaultToken') };
}

export interface Mounts {
  readonly mount: string;
  readonly configMount: string;
}

export interface TestVault extends Mounts {
  readonly vault: Vault;
  /** All that the service's token may do, under a name that no other test has. */
  readonly policy: Policy;
  /** With `policy`. */
  readonly token: Secret;
  /** What `vault` was opened with. */
  readonly options: VaultOptions;
  /** Past the adapter, as an operator. */
  readonly root: VaultClient;
  readonly logger: RecordingLogger;
  readonly metrics: RecordingMetrics;
  /** Closes the connections and removes the mounts. */
  close(): Promise<void>;
}

export interface TestVaultOptions extends Partial<Pick<VaultOptions, 'addresses' | 'auth'>> {
  /** Default: the shared one. */
  readonly server?: Server;
  readonly settings?: Partial<RevocationSettings>;
  readonly requestTimeoutMs?: number;
  readonly readRetries?: number;
}

/** An operator's client of `server`. */
export function rootClient(server: Server = sharedServer()): VaultClient {
  return new VaultClient({
    address: server.address,
    token: () => new Secret(server.rootToken),
    timeoutMs: 10_000,
    metrics: new RecordingMetrics(),
    clock: systemClock,
  });
}

/** Mounts that no other test has, made as `tokenvault init` makes them. */
export async function freshMounts(
  root: VaultClient,
  settings: Partial<RevocationSettings> = {},
): Promise<Mounts> {
  const id = randomBytes(6).toString('hex');
  const mounts = { mount: `tokenvault-${id}`, configMount: `tokenvault-config-${id}` };
  const { boundMs = 2_000, mode = 'available' } = settings;
  await initVault(root, { ...mounts, boundMs, mode }, { clock: systemClock });
  return mounts;
}

/** The real adapter over fresh mounts, with a token that may do what the service may and no more. */
export async function freshVault(given: TestVaultOptions = {}): Promise<TestVault> {
  const { server = sharedServer(), settings, ...overrides } = given;
  const root = rootClient(server);
  const mounts = await freshMounts(root, settings);
  const policy = { ...servicePolicy(mounts), name: `service-${mounts.mount}` };
  await writePolicies(root, [policy]);
  const token = await createServiceToken(root, { policy: policy.name, periodMs: 3_600_000 });
  const options: VaultOptions = {
    ...mounts,
    addresses: [server.address],
    auth: { method: 'fixed', token },
    requestTimeoutMs: 5_000,
    readRetries: 2,
    ...overrides,
  };
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const deps = { clock: systemClock, random: systemRandom, logger, metrics };
  const vault = await openVault(options, deps);
  const close = async () => {
    await vault.close();
    await root.delete(`sys/mounts/${mounts.mount}`);
    await root.delete(`sys/mounts/${mounts.configMount}`);
    await root.close();
  };
  return { ...mounts, vault, policy, token, options, root, logger, metrics, close };
}
