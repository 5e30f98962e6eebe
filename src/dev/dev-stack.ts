import { createWriteStream, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startApp } from '../app/app.ts';
import { connect, type TokenVaultConnection } from '../client/connect.ts';
import { certificatesOfService, setExpiryGauges } from '../config/certificate-terms.ts';
import { createLogger } from '../observability/pino-logger.ts';
import { watchProcess } from '../observability/process-gauges.ts';
import { PrometheusMetrics } from '../observability/prometheus-metrics.ts';
import { Readiness, servingStatus } from '../observability/readiness.ts';
import { setStatusGauges } from '../observability/status-gauges.ts';
import { systemClock } from '../observability/system-clock.ts';
import { readSystemFile } from '../observability/system-files.ts';
import { systemRandom } from '../observability/system-random.ts';
import {
  type DevCaller,
  type DevCertificates,
  ensureDevCertificates,
} from './certificate-files.ts';
import { type CompanyLogin, openCompanyLogin } from './company-login.ts';
import { AUDIT_FILE, SERVICE_CONFIG_FILE, writeServiceConfig } from './dev-config.ts';
import { startEdge } from './dev-edge.ts';
import { startDevOps } from './dev-ops.ts';
import { checkPorts, type DevPorts } from './dev-ports.ts';
import { type DevVault, startDevVault } from './dev-vault.ts';
import { type GoogleStandIn, startGoogleStandIn } from './google/stand-in.ts';
import { devOAuthClient } from './oauth-client.ts';
import { freePorts } from './openbao/free-port.ts';
import { refuseSecondServer } from './openbao/pid-file.ts';

const DRAIN_MS = 5_000;

export interface DevStackOptions {
  /** Holds everything that a restart finds again, usually `.tokenvault/dev`. */
  readonly directory: string;
  /** Holds what can be downloaded again, usually `.cache`. */
  readonly cacheDir: string;
  readonly ports: DevPorts;
  readonly env: NodeJS.ProcessEnv;
  /** Told in one line what happens. */
  readonly report: (line: string) => void;
}

/** All parts of the system, running on loopback. */
export interface DevStack {
  readonly vault: DevVault;
  readonly google: GoogleStandIn;
  readonly tokenVaultPort: number;
  readonly gatewayPort: number;
  /** Where each answers /livez, /readyz and /metrics, in plain HTTP. */
  readonly opsPorts: { readonly tokenVault: number; readonly gateway: number };
  readonly certificates: DevCertificates;
  /** What the gateway believes of who somebody is. */
  readonly login: CompanyLogin;
  /** Of the service. */
  readonly configFile: string;
  readonly logFile: string;
  /** Every decision of TokenVault, one a line. */
  readonly auditFile: string;
  /** TokenVault, called with the certificate of `caller`. */
  connectAs(caller: DevCaller): TokenVaultConnection;
}

/**
 * Starts every part, and gives `started` what stops it: also of a start that fails, or that its
 * owner does not wait for.
 * @throws StartupProblems
 */
export async function startDevStack(
  options: DevStackOptions,
  started: AsyncDisposableStack,
): Promise<DevStack> {
  await refuseSecondServer(join(options.directory, 'openbao'));
  await checkPorts(options.ports);
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  return startParts({ ...options, ports: await withGatewayPort(options.ports) }, started);
}

/** The gateway's port is part of a redirect URI, which Google has to know before the gateway is there. */
async function withGatewayPort(ports: DevPorts): Promise<DevPorts> {
  if (ports.gateway !== 0) return ports;
  const [gateway] = await freePorts(2);
  return { ...ports, gateway };
}

async function startParts(
  options: DevStackOptions,
  started: AsyncDisposableStack,
): Promise<DevStack> {
  const outside = await startOutside(options, started);
  const { tokenVault, deps, logFile, ops } = await startInside(options, outside, started);
  const login = await openCompanyLogin(options.directory);
  const asCaller = (caller: DevCaller) => connectAs(outside.certificates, caller, tokenVault.port);
  const edge = { ...options, ...outside, login, deps, tokenVaultPort: tokenVault.port };
  const gateway = await startEdge({ ...edge, connectAs: asCaller }, started);
  return {
    ...outside,
    tokenVaultPort: tokenVault.port,
    gatewayPort: gateway.port,
    opsPorts: { tokenVault: ops.port, gateway: gateway.opsPort },
    configFile: join(options.directory, SERVICE_CONFIG_FILE),
    logFile,
    auditFile: join(options.directory, AUDIT_FILE),
    login,
    connectAs: asCaller,
  };
}

interface Outside {
  readonly certificates: DevCertificates;
  readonly vault: DevVault;
  readonly google: GoogleStandIn;
}

/** What TokenVault finds in the world: certificates, Vault, Google. */
async function startOutside(
  { directory, cacheDir, env, ports, report }: DevStackOptions,
  started: AsyncDisposableStack,
): Promise<Outside> {
  const oauthClient = devOAuthClient(ports.gateway);
  const startVault = async () => {
    const port = ports.vault;
    const vault = await startDevVault({ directory, cacheDir, env, port, report });
    started.defer(() => vault.openBao.stop());
    await vault.importClient({ web: oauthClient });
    return vault;
  };
  const startGoogle = async () => {
    const { client_id: clientId, client_secret: secret, redirect_uris: redirectUris } = oauthClient;
    const clients = [{ clientId, clientSecrets: [secret], redirectUris }];
    const google = await startGoogleStandIn({ port: ports.google, clients });
    started.defer(() => google.stop());
    return google;
  };
  const [certificates, vault, google] = await Promise.all([
    ensureDevCertificates(directory),
    startVault(),
    startGoogle(),
  ]);
  report(`OpenBao            ${vault.openBao.address} (its data stays in ${directory})`);
  report(`Google stand-in    ${google.url}`);
  return { certificates, vault, google };
}

async function startInside(
  { directory, ports, report }: DevStackOptions,
  { certificates, vault, google }: Outside,
  started: AsyncDisposableStack,
) {
  const logFile = join(directory, 'tokenvault.log');
  const stream = createWriteStream(logFile, { flags: 'a' });
  const logger = createLogger({ level: 'debug', stream });
  const metrics = new PrometheusMetrics();
  const deps = {
    clock: systemClock,
    random: systemRandom,
    logger,
    metrics,
    readFile: readSystemFile,
  };
  const config = await writeServiceConfig({
    directory,
    certificates,
    vaultAddress: vault.openBao.address,
    tokenFile: vault.tokenFile,
    googleUrl: google.url,
    port: ports.tokenVault,
  });
  const readiness = new Readiness();
  started.defer(watchProcess(metrics));
  const ops = await startDevOps(ports.tokenVaultOps, { readiness, metrics, logger });
  started.defer(() => ops.stop());
  const tokenVault = await startApp(config, deps);
  started.defer(async () => void (await tokenVault.stop(DRAIN_MS)));
  metrics.beforeText(() => setStatusGauges(tokenVault.status(), metrics));
  const files = certificatesOfService(config);
  metrics.beforeText(() => setExpiryGauges(files, systemClock.now(), metrics));
  readiness.serving(() => servingStatus(tokenVault.status()));
  const addressFile = join(directory, 'address');
  // Gone at once at a stop, so that `tokenvault call` says what is missing.
  started.defer(() => rm(addressFile, { force: true }));
  await writeFile(addressFile, `localhost:${tokenVault.port}\n`);
  report(`TokenVault         localhost:${tokenVault.port} (gRPC, mutual TLS)`);
  return { tokenVault, deps, logFile, ops };
}

function connectAs(
  { caFile, clients }: DevCertificates,
  caller: DevCaller,
  port: number,
): TokenVaultConnection {
  const { certFile, keyFile } = clients[caller];
  return connect({
    address: `localhost:${port}`,
    caPem: readFileSync(caFile, 'utf8'),
    certPem: readFileSync(certFile, 'utf8'),
    keyPem: readFileSync(keyFile, 'utf8'),
  });
}
