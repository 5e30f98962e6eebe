import { Alerts } from '../../../src/domain/alerts.ts';
import { loggedByPathKey } from '../../../src/domain/logged-users.ts';
import type { LogFields, Logger } from '../../../src/domain/logger.ts';
import { type Metrics, NO_METRICS } from '../../../src/domain/metrics.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { createTokenVault } from '../../../src/service/create-token-vault.ts';
import { DEFAULT_LIMITS } from '../../../src/service/limits.ts';
import type { TokenVault } from '../../../src/service/token-vault.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import type { History } from '../history.ts';
import type { SimGoogle } from './sim-google.ts';
import type { SimProcess } from './sim-process.ts';
import { CONFIG_MOUNT, MOUNT, type SimVault } from './sim-vault.ts';
import type { Tell } from './story.ts';
import type { VaultNetwork } from './vault/network.ts';

export interface ReplicaDeps {
  readonly vault: SimVault;
  readonly network: VaultNetwork;
  readonly google: SimGoogle;
  readonly history: History;
  readonly tell: Tell;
}

/** A replica that serves, and how many refresh tokens it holds that Vault has not taken yet. */
export interface StartedReplica {
  readonly tokenVault: TokenVault;
  held(): number;
}

/**
 * Starts the real service in a simulated process, put together as `src/app/` does it.
 * @throws StartupProblems where Vault cannot be used
 */
export async function startReplica(
  process: SimProcess,
  { vault, network, google, history, tell }: ReplicaDeps,
): Promise<StartedReplica> {
  const { dice } = process;
  const random = { id: () => dice.id(), unit: () => dice.unit() };
  const logger = loggerOf(process, { history, tell });
  let held = 0;
  const metrics: Metrics = {
    ...NO_METRICS,
    set: (name, value) => {
      if (name === 'tokenvault_held_commits') held = value;
    },
  };
  const deps = { clock: process, random, logger, metrics };
  const opened = await openVault(
    {
      addresses: vault.cluster.nodes.map(({ address }) => address),
      mount: MOUNT,
      configMount: CONFIG_MOUNT,
      auth: { method: 'fixed', token: TOKEN },
      requestTimeoutMs: 2_000,
      readRetries: 2,
    },
    { ...deps, connect: ({ address, timeoutMs }) => network.wire(process, address, timeoutMs) },
  );
  const line = google.line(process);
  const replica = createTokenVault({
    ...deps,
    alerts: new Alerts(logger, metrics),
    users: opened.users,
    links: opened.links,
    exchanges: opened.exchanges,
    revocations: opened.revocations,
    oauthClients: opened.clients,
    keyedHash: opened.keyedHash,
    loggedUsers: loggedByPathKey(opened.keyedHash),
    settings: opened.settings,
    provider: line,
    idTokens: line,
    // A large cache costs much to make, and few keys ever are in this one.
    limits: { ...DEFAULT_LIMITS, cachedTokens: 64 },
  });
  await replica.start();
  return { tokenVault: replica.tokenVault, held: () => held };
}

const TOKEN = new Secret('s.token');

/** The log is part of the story, and tells the history what a replica knows of revocations. */
function loggerOf({ name }: SimProcess, deps: Pick<ReplicaDeps, 'history' | 'tell'>): Logger {
  const { history, tell } = deps;
  const line = (event: string, fields: LogFields = {}) => {
    tell?.(name, `logs ${event} ${JSON.stringify(fields)}`);
    if (event !== 'revocation_log_moved') return;
    const [from, to] = [Number(fields.from), Number(fields.to)];
    history.fact({ kind: 'view-moved', replica: name, from, to });
  };
  const logger: Logger = {
    writesDebug: tell !== undefined,
    debug: line,
    info: line,
    warn: line,
    error: line,
    with: () => logger,
  };
  return logger;
}
