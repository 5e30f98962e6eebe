import { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import type { Secret } from '../domain/secret.ts';
import type { Traces } from '../domain/traces.ts';
import type { VaultAuth } from '../domain/vault-auth.ts';
import { AccessLosses } from './access-losses.ts';
import { ActiveNode } from './active-node.ts';
import { askWith } from './login/ask-with.ts';
import type { AskVault, ReadFile } from './login/login-method.ts';
import { type LoginAuth, loginMethod } from './login/login-methods.ts';
import { FixedToken, type TokenSource } from './login/token-source.ts';
import { VaultLogin } from './login/vault-login.ts';
import {
  VaultClient,
  type VaultClientOptions,
  type VaultTls,
  type VaultWire,
} from './vault-client.ts';

export interface ConnectionOptions {
  /** Of all nodes, so that the active one is among them. */
  readonly addresses: readonly string[];
  readonly namespace?: string;
  /** Asked for each connection. */
  readonly tls?: () => VaultTls;
  readonly auth: VaultAuth;
  readonly requestTimeoutMs: number;
}

export interface ConnectionDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Default: none are left. */
  readonly traces?: Traces | undefined;
  /** For the files that a login needs. */
  readonly readFile?: ReadFile;
  /** Called once per address. Default: HTTP. */
  readonly connect?: (options: VaultClientOptions) => VaultWire;
}

/** The way to Vault, and the token that is shown there. */
export interface Connection {
  readonly node: ActiveNode;
  readonly tokens: TokenSource;
  readonly losses: AccessLosses;
  readonly alerts: Alerts;
  /** A client of the active node of its own, by default with the TLS that is in use. */
  connectAs(token: Secret | undefined, tls?: VaultTls): VaultClient;
}

export function connectToVault(
  options: ConnectionOptions,
  deps: ConnectionDependencies,
): Connection {
  const { requestTimeoutMs } = options;
  const connect = (address: string, token: () => Secret | undefined, tls = options.tls) => {
    const own = {
      ...options,
      ...deps,
      address,
      token,
      timeoutMs: requestTimeoutMs,
      ...(tls === undefined ? {} : { tls }),
    };
    return new VaultClient(own, deps.connect?.(own));
  };
  const alerts = new Alerts(deps.logger, deps.metrics);
  const losses = new AccessLosses({ ...deps, alerts });
  const node = new ActiveNode(options.addresses, (address) => connect(address, () => tokens.token));
  const connectAs: Connection['connectAs'] = (token, tls) =>
    connect(node.address, () => token, tls === undefined ? options.tls : () => tls);
  const tokens = tokenSource(options, { ...deps, losses, ask: askWith(connectAs) });
  return { node, tokens, losses, alerts, connectAs };
}

function tokenSource(
  { auth, requestTimeoutMs }: ConnectionOptions,
  deps: ConnectionDependencies & { readonly losses: AccessLosses; readonly ask: AskVault },
): TokenSource {
  if (auth.method === 'fixed') return new FixedToken(auth.token);
  const { ask, readFile = noFiles } = deps;
  const methodOf = (given: LoginAuth) => loginMethod(given, { ask, readFile });
  return new VaultLogin(auth, { ...deps, methodOf, requestTimeoutMs });
}

const noFiles: ReadFile = () => {
  throw new Error('no files are at hand');
};
