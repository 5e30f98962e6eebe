import type { Alerts } from '../domain/alerts.ts';
import type { ExchangeStore } from '../domain/exchange-store.ts';
import { type Failure, isFailure } from '../domain/failure.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { LinkStore } from '../domain/link-store.ts';
import type { OAuthClientStore } from '../domain/oauth-client.ts';
import type { RevocationSettings, RevocationStore } from '../domain/revocation-store.ts';
import type { Secret } from '../domain/secret.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import type { UserStore } from '../domain/user-store.ts';
import type { VaultAccess } from '../domain/vault-access.ts';
import type { GivenToken } from '../domain/vault-auth.ts';
import { Access } from './access.ts';
import { preflight } from './admin/preflight.ts';
import { VaultClientStore } from './client-store.ts';
import { VaultExchangeStore } from './exchange-store.ts';
import { Kv } from './kv.ts';
import { KvRequests } from './kv-requests.ts';
import { VaultLinkStore } from './link-store.ts';
import { LoginFault } from './login/login-fault.ts';
import { decodePathKey, decodeSettings, PATH_KEY_PATH, SETTINGS_PATH } from './mount-records.ts';
import { nodeProblems } from './node-problems.ts';
import { openKeys, type ServiceKeys } from './open-keys.ts';
import { VaultRevocationStore } from './revocation-store.ts';
import { cutsOff } from './tls-trial.ts';
import { tokenProblems } from './token-problems.ts';
import { VaultUserStore } from './user-store.ts';
import type { VaultTls } from './vault-client.ts';
import {
  type Connection,
  type ConnectionDependencies,
  type ConnectionOptions,
  connectToVault,
} from './vault-connection.ts';
import { VaultFault } from './vault-fault.ts';

export interface VaultOptions extends ConnectionOptions {
  /** The service's own KV v2 mount. */
  readonly mount: string;
  /** The KV v2 mount in which ops configure OAuth clients and keys. */
  readonly configMount: string;
  /** Whether to read the key of the audit. Default: no. */
  readonly audit?: boolean;
  /** Whether to read the key of the log. Default: no. */
  readonly logKey?: boolean;
  /** Further tries of a read that got no usable answer. */
  readonly readRetries: number;
}

/** Everything that the service keeps in Vault. */
export interface Vault extends ServiceKeys {
  readonly users: UserStore;
  readonly links: LinkStore;
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
  /** Whether Vault, which can be reached now, could not be with `tls`. */
  cutsOff(tls: VaultTls): Promise<boolean>;
  /** Goes on with a token that was checked. */
  useToken(given: GivenToken): void;
  /** Tries at once a login that waits because others were refused. */
  retryLogin(): void;
  /** How we stand with Vault at this instant. */
  access(): VaultAccess;
  /** Ends the token that was made here; waits for requests under way, then closes the connections. */
  close(): Promise<void>;
}

/**
 * Finds the active node, logs in, checks that Vault is as the service needs it, and opens the stores.
 * @throws StartupProblems saying what to do
 */
export async function openVault(
  options: VaultOptions,
  deps: ConnectionDependencies,
): Promise<Vault> {
  const connection = connectToVault(options, deps);
  const { node, tokens, losses, alerts, connectAs } = connection;
  const check = () => preflight(node.client, options).catch(noAnswer);
  const access = new Access({ ...deps, losses, tokens, check });
  let keys: ServiceKeys | undefined;
  const close = async () => {
    keys?.auditKey?.stop();
    keys?.logKey?.stop();
    access.stop();
    await tokens.stop();
    await node.close();
  };
  try {
    await checkVault(connection, options);
    const stores = await openStores(connection, options, { ...deps, alerts, access });
    keys = stores;
    return {
      ...stores,
      problemsWith: (token) => tokenProblems(connectAs(token), options),
      cutsOff: (tls) => cutsOff(connection, tls),
      useToken: (given) => tokens.take(given),
      retryLogin: () => tokens.retryNow(),
      access: () => ({ lost: losses.all, tokenLeftMs: tokens.tokenLeftMs }),
      close,
    };
  } catch (error) {
    await close();
    throw isFailure(error) ? new StartupProblems([unreadable(error)]) : error;
  }
}

/** Nobody can know what is wrong while Vault cannot be asked. */
function noAnswer(error: unknown): undefined {
  if (error instanceof VaultFault) return undefined;
  throw error;
}

async function openStores(
  { node, tokens }: Connection,
  options: VaultOptions,
  deps: ConnectionDependencies & { readonly alerts: Alerts; readonly access: Access },
): Promise<
  Omit<Vault, 'problemsWith' | 'cutsOff' | 'useToken' | 'retryLogin' | 'access' | 'close'>
> {
  const { alerts } = deps;
  const requests = new KvRequests({ ...deps, readRetries: options.readRetries });
  const kv = new Kv(options.mount, { node, requests });
  const { pathKey, settings } = await readMountRecords(kv, options.mount);
  const config = new Kv(options.configMount, { node, requests });
  return {
    users: new VaultUserStore(kv, pathKey),
    links: new VaultLinkStore(kv, pathKey),
    exchanges: new VaultExchangeStore(kv, pathKey),
    revocations: new VaultRevocationStore({ ...deps, node, kv, pathKey, alerts }),
    clients: new VaultClientStore(config),
    settings,
    keyedHash: pathKey,
    ...(await openKeys(options, { ...deps, node, alerts, token: () => tokens.token })),
  };
}

/** Vault passed the check and was gone, or the token was, before its records were read. */
function unreadable({ detail, reason }: Failure): string {
  const why = (detail ?? reason).replace(/\.$/, '');
  return `Vault did not give its records (${why}): check it with \`vault status\`, and the token, then start the service again.`;
}

/** @throws StartupProblems */
async function checkVault({ node, tokens }: Connection, options: VaultOptions): Promise<void> {
  try {
    await node.leaderTerm();
    await tokens.start();
  } catch (error) {
    if (isFailure(error, 'STORE_UNAVAILABLE')) {
      throw new StartupProblems(await nodeProblems(node, options.addresses));
    }
    throw error instanceof LoginFault ? new StartupProblems([error.message]) : error;
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
