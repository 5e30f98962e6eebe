import type { AppDeps } from '../app/app.ts';
import type { TokenVaultConnection } from '../client/connect.ts';
import { certificatesOfGateway, setExpiryGauges } from '../config/certificate-terms.ts';
import { type LoginJwtConfig, NO_USABLE_KEYS } from '../config/login-jwt-section.ts';
import { Alerts } from '../domain/alerts.ts';
import { StartupProblems } from '../domain/startup-problems.ts';
import type { AppLogin } from '../gateway/app-login.ts';
import { startGateway } from '../gateway/server.ts';
import { TokenVaultWatch } from '../gateway/token-vault-watch.ts';
import { FixedKeys, keysIn } from '../jwt/fixed-keys.ts';
import { IssuedTokens } from '../jwt/issued-tokens.ts';
import { watchProcess } from '../observability/process-gauges.ts';
import { PrometheusMetrics } from '../observability/prometheus-metrics.ts';
import { Readiness } from '../observability/readiness.ts';
import { setDependencyGauges } from '../observability/status-gauges.ts';
import { systemClock } from '../observability/system-clock.ts';
import type { DevCaller, DevCertificates } from './certificate-files.ts';
import type { CompanyLogin } from './company-login.ts';
import { openDemo } from './demo/open-demo.ts';
import { writeGatewayConfig } from './dev-config.ts';
import { startDevOps } from './dev-ops.ts';
import type { DevPorts } from './dev-ports.ts';
import type { GoogleStandIn } from './google/stand-in.ts';

export interface EdgeParts {
  readonly directory: string;
  readonly ports: DevPorts;
  readonly certificates: DevCertificates;
  readonly google: GoogleStandIn;
  readonly tokenVaultPort: number;
  readonly login: CompanyLogin;
  readonly deps: AppDeps;
  readonly connectAs: (caller: DevCaller) => TokenVaultConnection;
  readonly report: (line: string) => void;
}

/**
 * Starts the gateway, and the demonstration beside its own paths. What `tokenvault gateway` has beyond
 * this is left out: files that are followed, traces, the look at what the policy gives it.
 */
export async function startEdge(
  parts: EdgeParts,
  started: AsyncDisposableStack,
): Promise<{ readonly port: number; readonly opsPort: number }> {
  const { ports, report } = parts;
  const metrics = new PrometheusMetrics('gateway');
  const deps = { ...parts.deps, metrics };
  const config = await writeGatewayConfig({
    ...parts,
    jwksFile: parts.login.jwksFile,
    port: ports.gateway,
  });
  const { address, oauthClient, tls, login, corsOrigins, trustedProxies, rateLimits } =
    config.gateway;
  const connection = parts.connectAs('gateway');
  started.defer(() => connection.close());
  const readiness = new Readiness();
  started.defer(watchProcess(metrics));
  const ops = await startDevOps(ports.gatewayOps, { ...deps, readiness });
  started.defer(() => ops.stop());
  const demo = openDemo({ ...parts, googleUrl: parts.google.url, gatewayPort: ports.gateway });
  started.defer(() => demo.close());
  const options = {
    address,
    oauthClient,
    tls: { cert: tls.cert, key: tls.key.reveal() },
    rules: { corsOrigins, trustedProxies, rateLimits, login: login && appLogin(login, deps) },
  };
  const gateway = await startGateway(options, { ...deps, connection, moreRoutes: demo.routes });
  started.defer(() => gateway.stop());
  const watch = new TokenVaultWatch(connection, deps.clock);
  metrics.beforeText(() => setDependencyGauges(watch.status(), ['token_vault'], metrics));
  const files = certificatesOfGateway(config);
  metrics.beforeText(() => setExpiryGauges(files, systemClock.now(), metrics));
  readiness.serving(() => watch.status());
  report(`Gateway            https://localhost:${gateway.port}`);
  return { port: gateway.port, opsPort: ops.port };
}

/** @throws StartupProblems where the file has no key: every token would be refused */
function appLogin({ issuer, jwks = '' }: LoginJwtConfig, deps: AppDeps): AppLogin {
  const keys = keysIn(jwks);
  if (keys === undefined) throw new StartupProblems([NO_USABLE_KEYS]);
  const alerts = new Alerts(deps.logger, deps.metrics);
  const keysOf = () => new FixedKeys(keys);
  return {
    tokens: new IssuedTokens([issuer], { ...deps, alerts, keysOf, checked: () => undefined }),
  };
}
