import { type OpenAudit, openAudit } from '../audit/open-audit.ts';
import { isAudited } from '../config/audit-section.ts';
import { certificatesOfService, refuseUnusable } from '../config/certificate-terms.ts';
import type { Config } from '../config/config-sections.ts';
import { IdleEntryLog } from '../config/idle-entry-log.ts';
import { Alerts } from '../domain/alerts.ts';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { LostConsents } from '../domain/lost-consents.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Random } from '../domain/random.ts';
import type { ServiceStatus } from '../domain/replica-status.ts';
import type { Traces } from '../domain/traces.ts';
import { GoogleIdTokenVerifier } from '../google/google-id-token-verifier.ts';
import { GoogleProvider } from '../google/google-provider.ts';
import type { CallerPolicy } from '../grpc/caller-policy.ts';
import { type GrpcServer, startGrpcServer } from '../grpc/server.ts';
import type { IssuedTokens } from '../jwt/issued-tokens.ts';
import { productVersion } from '../observability/product-version.ts';
import { createTokenVault, type Replica } from '../service/create-token-vault.ts';
import { openVault, type Vault } from '../vault/open-vault.ts';
import { type Changeable, change, changeable, mutualTls, pemOf } from './changeable.ts';
import { type Closing, close, stop } from './closing.ts';
import { googleConnections, serviceLimits } from './config-values.ts';
import { followLogKey } from './log-key.ts';
import { serviceStatus } from './service-status.ts';

export interface AppDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Default: none are left. */
  readonly traces?: Traces | undefined;
  /** Gives a file's text, or throws. */
  readonly readFile: (path: string) => string;
}

/** A running service. */
export interface App {
  readonly port: number;
  /** For callers with tokens; undefined where no issuer of any is configured. */
  readonly jwtPort: number | undefined;
  /** How it is at this instant, without asking anybody. */
  status(): ServiceStatus;
  /**
   * Takes what may change while it runs: who may call what, the certificates of new connections, the
   * token for Vault where one is configured. Calls under way end on what they began with.
   * @throws StartupProblems, and nothing is changed
   */
  reload(config: Config): Promise<void>;
  /** Goes on with the audit in the file that has its name now. */
  reopenAudit(): void;
  /** Tries at once a login at Vault that waits because others were refused. */
  retryVaultLogin(): void;
  /**
   * Lets calls under way end, and the commits that Vault has not taken yet; what is left after
   * `graceMs` is cut off.
   */
  stop(graceMs: number): Promise<LostConsents>;
  /** Says what is lost when the process ends in this instant. */
  giveUp(): void;
}

/**
 * The composition root: the only place where ports meet adapters.
 * @throws StartupProblems
 */
export async function startApp(config: Config, deps: AppDeps): Promise<App> {
  const { logger } = deps;
  refuseUnusable(certificatesOfService(config), deps.clock.now());
  const inUse = changeable(config);
  if (config.vault.tls.skipVerify) logger.warn('vault_not_verified', { key: 'vault.skip_verify' });
  const idleEntries = new IdleEntryLog(config, logger);
  idleEntries.warnOf(config.policy.callers);
  const vault = await openVault(
    {
      ...config.vault,
      tls: () => inUse.vaultTls,
      audit: isAudited(config.audit),
      logKey: true,
    },
    deps,
  );
  const closing: Closing = { adapters: [vault] };
  try {
    return await startOn(config, deps, { vault, inUse, idleEntries, closing });
  } catch (error) {
    await close(closing, 0);
    throw error;
  }
}

/** All that is opened is put into `closing` at once, whatever comes of the rest. */
async function startOn(config: Config, deps: AppDeps, parts: StartParts): Promise<App> {
  const { vault, inUse, idleEntries, closing } = parts;
  const { logger } = deps;
  const alerts = new Alerts(logger, deps.metrics);
  const { replica, callerTokens } = await openReplica(config, { ...deps, alerts }, parts);
  const audit = openAudit(
    { ...config.audit, key: vault.auditKey?.current, version: productVersion() },
    { ...deps, alerts },
  );
  closing.adapters.push(audit);
  void vault.auditKey?.follow((key) => audit.rekey(key));
  const server = await serve(config, deps, { replica, audit, inUse, callerTokens });
  const jwtPort = server.forTokens?.port;
  if (jwtPort !== undefined) logger.info('serving_jwt', { port: jwtPort });
  logger.info('serving', { address: config.listen.address, port: server.port });
  return {
    port: server.port,
    jwtPort,
    status: () => serviceStatus(replica.status(), vault.access()),
    reload: (next) => change(inUse, next, { ...deps, vault, server, idleEntries }),
    reopenAudit: () => audit.reopen(),
    retryVaultLogin: () => vault.retryLogin(),
    stop: (graceMs) => stop({ server, closing, clock: deps.clock }, graceMs),
    giveUp: () => void replica.giveUp(),
  };
}

async function openReplica(
  config: Config,
  deps: AppDeps & { readonly alerts: Alerts },
  { vault, closing }: StartParts,
): Promise<Pick<ServeParts, 'replica' | 'callerTokens'>> {
  const provider = new GoogleProvider(
    { ...config.google, connections: googleConnections(config) },
    deps,
  );
  closing.adapters.push(provider);
  const idTokens = new GoogleIdTokenVerifier(config.google, deps);
  closing.adapters.push(idTokens);
  const callerTokens = await openCallerTokens(config, deps);
  if (callerTokens !== undefined) closing.adapters.push(callerTokens);
  const replica = createTokenVault({
    ...deps,
    users: vault.users,
    links: vault.links,
    exchanges: vault.exchanges,
    revocations: vault.revocations,
    oauthClients: vault.clients,
    keyedHash: vault.keyedHash,
    loggedUsers: followLogKey(vault, deps.logger),
    settings: vault.settings,
    provider,
    idTokens,
    limits: serviceLimits(config),
  });
  closing.replica = replica;
  return { replica, callerTokens };
}

/** The port opens when tokens can be handed out, so that no call meets a replica that is not ready. */
async function serve(config: Config, deps: AppDeps, parts: ServeParts): Promise<GrpcServer> {
  const { replica, audit, inUse, callerTokens } = parts;
  const address = config.listen_jwt?.address;
  await replica.start();
  const policy: CallerPolicy = { rightsOf: (caller) => inUse.policy.rightsOf(caller) };
  const server = await startGrpcServer(
    {
      address: config.listen.address,
      tls: mutualTls(inUse.tls),
      callers: config.listen,
      forTokens:
        callerTokens === undefined || address === undefined
          ? undefined
          : { address, tls: pemOf(inUse.jwtTls), callers: callerTokens },
      limits: config.limits,
      reflection: config.reflection,
    },
    { ...deps, tokenVault: replica.tokenVault, policy, audit: audit.log },
  );
  server.setServing(true);
  return server;
}

/** jose is loaded where there are issuers alone. Their keys are fetched meanwhile. */
async function openCallerTokens(
  { listen_jwt }: Config,
  deps: AppDeps & { readonly alerts: Alerts },
): Promise<IssuedTokens | undefined> {
  if (listen_jwt === undefined) return undefined;
  const { IssuedTokens } = await import('../jwt/issued-tokens.ts');
  const tokens = new IssuedTokens(listen_jwt.issuers, deps);
  tokens.prepare();
  return tokens;
}

interface StartParts {
  readonly vault: Vault;
  readonly inUse: Changeable;
  readonly idleEntries: IdleEntryLog;
  readonly closing: Closing;
}

interface ServeParts {
  readonly replica: Replica;
  readonly callerTokens: IssuedTokens | undefined;
  readonly audit: OpenAudit;
  readonly inUse: Changeable;
}
