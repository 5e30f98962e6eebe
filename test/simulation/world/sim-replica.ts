import { Alerts } from '../../../src/domain/alerts.ts';
import type { Logger } from '../../../src/domain/logger.ts';
import { NO_METRICS } from '../../../src/domain/metrics.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { createTokenVault } from '../../../src/service/create-token-vault.ts';
import { DEFAULT_LIMITS } from '../../../src/service/limits.ts';
import type { TokenVault } from '../../../src/service/token-vault.ts';
import { openVault } from '../../../src/vault/open-vault.ts';
import type { SimGoogle } from './sim-google.ts';
import type { SimProcess } from './sim-process.ts';
import { CONFIG_MOUNT, MOUNT, type SimVault } from './sim-vault.ts';
import type { Tell } from './story.ts';
import type { VaultNetwork } from './vault/network.ts';

export interface ReplicaDeps {
  readonly vault: SimVault;
  readonly network: VaultNetwork;
  readonly google: SimGoogle;
  readonly tell: Tell;
}

/**
 * Starts the real service in a simulated process, put together as `src/app.ts` does it.
 * @throws StartupProblems where Vault cannot be used
 */
export async function startReplica(
  process: SimProcess,
  { vault, network, google, tell }: ReplicaDeps,
): Promise<TokenVault> {
  const { dice } = process;
  const random = { id: () => dice.id(), unit: () => dice.unit() };
  const logger = loggerOf(process, tell);
  const deps = { clock: process, random, logger, metrics: NO_METRICS };
  const opened = await openVault(
    {
      addresses: vault.cluster.nodes.map(({ address }) => address),
      mount: MOUNT,
      configMount: CONFIG_MOUNT,
      token: () => TOKEN,
      requestTimeoutMs: 2_000,
      readRetries: 2,
    },
    { ...deps, connect: ({ address, timeoutMs }) => network.wire(process, address, timeoutMs) },
  );
  const line = google.line(process);
  const replica = createTokenVault({
    ...deps,
    alerts: new Alerts(logger, NO_METRICS),
    users: opened.users,
    exchanges: opened.exchanges,
    revocations: opened.revocations,
    oauthClients: opened.clients,
    keyedHash: opened.keyedHash,
    settings: opened.settings,
    provider: line,
    idTokens: line,
    // A large cache costs much to make, and few keys ever are in this one.
    limits: { ...DEFAULT_LIMITS, cachedTokens: 64 },
  });
  await replica.start();
  return replica.tokenVault;
}

const TOKEN = new Secret('s.token');

/** The log is part of the story. */
function loggerOf(process: SimProcess, tell: Tell): Logger {
  const line = (event: string, fields?: object) =>
    tell?.(process.name, `logs ${event} ${JSON.stringify(fields ?? {})}`);
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
