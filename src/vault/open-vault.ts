import { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import type { ExchangeStore } from '../domain/exchange-store.ts';
import { type Failure, isFailure } from '../domain/failure.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { OAuthClientStore } from '../domain/oauth-client.ts';
import type { Random } from '../domain/random.ts';
import type { RevocationSettings, RevocationStore } from '../domain/revocation-store.ts';
import type { Secret } from '../domain/secret.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import type { Traces } from '../domain/traces.ts';
import type { UserStore } from '../domain/user-store.ts';
import { Access } from './access.ts';
import { ActiveNode } from './active-node.ts';
import { type Needs, preflight } from './admin/preflight.ts';
import { VaultClientStore } from './client-store.ts';
import { VaultExchangeStore } from './exchange-store.ts';
import { Kv } from './kv.ts';
import { KvRequests } from './kv-requests.ts';
import { decodePathKey, decodeSettings, PATH_KEY_PATH, SETTINGS_PATH } from './mount-records.ts';
import { nodeProblems } from './node-problems.ts';
import { openKeys, type ServiceKeys } from './open-keys.ts';
import { VaultRevocationStore } from './revocation-store.ts';
import { VaultUserStore } from './user-store.ts';
import { VaultClient, type VaultClientOptions, type VaultWire } from './vault-client.ts';
import { VaultFault } from './vault-fault.ts';

export interface VaultOptions {
  /** Of all nodes, so that the active one is among them. */
  readonly addresses: readonly string[];
  /** The service's own KV v2 mount. */
  readonly mount: string;
  /** The KV v2 mount in which ops configure OAuth clients and keys. */
  readonly configMount: string;
  /** Whether to read the key of the audit. Default: no. */
  readonly audit?: boolean;
  /** Whether to read the key of the log. Default: no. */
  readonly logKey?: boolean;
  readonly namespace?: string;
  /** Replaces the machine's certificate authorities. */
  readonly caPem?: string;
  /** Asked for each request. */
  readonly token: () => Secret;
  readonly requestTimeoutMs: number;
  /** Further tries of a read that got no usable answer. */
  readonly readRetries: number;
}

export interface VaultDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly traces?: Traces | undefined;
  /** Called once per address. Default: HTTP. */
  readonly connect?: (options: VaultClientOptions) => VaultWire;
}

/** Everything that the service keeps in Vault. */
export interface Vault extends ServiceKeys {
  readonly users: UserStore;
  readonly exchanges: ExchangeStore;
  readonly revocations: RevocationStore;
  readonly clients: OAuthClientStore;
  readonly settings: RevocationSettings;
  readonly keyedHash: KeyedHash;
  /**
   * Why the service could not work with `token`, a sentence for each problem. None where Vault
   * cannot be asked: then nobody can know.
   */
  problemsWith(token: Secret): Promise<readonly string[]>;
  /** Waits for requests under way, then closes the connections. */
  close(): Promise<void>;
}

/**
 * Finds the active node, checks that Vault is as the service needs it, and opens the stores.
 * @throws StartupProblems saying what to do
 */
export async function openVault(options: VaultOptions, deps: VaultDependencies): Promise<Vault> {
  const connect = (address: string, token = options.token) => {
    const own = { ...options, ...deps, address, token, timeoutMs: options.requestTimeoutMs };
    return new VaultClient(own, deps.connect?.(own));
  };
  const node = new ActiveNode(options.addresses, (address) => connect(address));
  try {
    const stores = await openStores(node, options, deps);
    const problemsWith = (token: Secret) =>
      tokenProblems(
        connect(node.address, () => token),
        options,
      );
    const close = () => {
      stores.auditKey?.stop();
      stores.logKey?.stop();
      return node.close();
    };
    return { ...stores, problemsWith, close };
  } catch (error) {
    await node.close();
    throw isFailure(error) ? new StartupProblems([unreadable(error)]) : error;
  }
}

async function openStores(
  node: ActiveNode,
  options: VaultOptions,
  deps: VaultDependencies,
): Promise<Omit<Vault, 'problemsWith' | 'close'>> {
  await checkVault(node, options);
  const alerts = new Alerts(deps.logger, deps.metrics);
  const { readRetries } = options;
  const requests = new KvRequests({ ...deps, access: new Access(alerts), readRetries });
  const kv = new Kv(options.mount, { node, requests });
  const { pathKey, settings } = await readMountRecords(kv, options.mount);
  const config = new Kv(options.configMount, { node, requests });
  return {
    users: new VaultUserStore(kv, pathKey),
    exchanges: new VaultExchangeStore(kv, pathKey),
    revocations: new VaultRevocationStore({ ...deps, node, kv, pathKey, alerts }),
    clients: new VaultClientStore(config),
    settings,
    keyedHash: pathKey,
    ...(await openKeys(options, { ...deps, node, alerts })),
  };
}

/** Closes `client`, which nothing else uses. */
async function tokenProblems(client: VaultClient, mounts: Needs): Promise<readonly string[]> {
  try {
    return await preflight(client, mounts);
  } catch (error) {
    if (error instanceof VaultFault) return [];
    throw error;
  } finally {
    await client.close();
  }
}

/** Vault passed the check and was gone, or the token was, before its records were read. */
function unreadable({ detail, reason }: Failure): string {
  const why = (detail ?? reason).replace(/\.$/, '');
  return `Vault did not give its records (${why}): check it with \`vault status\`, and the token, then start the service again.`;
}

/** @throws StartupProblems */
async function checkVault(node: ActiveNode, options: VaultOptions): Promise<void> {
  try {
    await node.leaderTerm();
  } catch (error) {
    if (!isFailure(error, 'STORE_UNAVAILABLE')) throw error;
    throw new StartupProblems(await nodeProblems(node, options.addresses));
  }
  const problems = await preflight(node.client, options).catch((error: unknown) => {
    if (error instanceof VaultFault) return [`${error.message} Start the service again.`];
    throw error;
  });
  if (problems.length > 0) throw new StartupProblems(problems);
}

async function readMountRecords(kv: Kv, mount: string) {
  const fieldsOf = async (path: string) => {
    const found = await kv.read(path);
    return found.kind === 'present' ? found.fields : undefined;
  };
  const [keyFields, settingFields] = await Promise.all([
    fieldsOf(PATH_KEY_PATH),
    fieldsOf(SETTINGS_PATH),
  ]);
  const pathKey = decodePathKey(keyFields);
  const settings = decodeSettings(settingFields);
  if (pathKey !== undefined && settings !== undefined) return { pathKey, settings };
  const broken = pathKey === undefined ? PATH_KEY_PATH : SETTINGS_PATH;
  throw new StartupProblems([
    `The record ${mount}/${broken} cannot be read: restore it from a backup, never write a new one over it.`,
  ]);
}
