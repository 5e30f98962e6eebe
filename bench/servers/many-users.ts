import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openAudit } from '../../src/audit/open-audit.ts';
import { DEV_TRUST_DOMAIN, devSpiffeId } from '../../src/dev/certificate-files.ts';
import { Alerts } from '../../src/domain/alerts.ts';
import { NO_AUDIT } from '../../src/domain/audit.ts';
import { Secret } from '../../src/domain/secret.ts';
import { createCallerPolicy } from '../../src/grpc/caller-policy.ts';
import { DEFAULT_OAUTH_CLIENT } from '../../src/grpc/field-rules.ts';
import { startGrpcServer } from '../../src/grpc/server.ts';
import { createLogger } from '../../src/observability/pino-logger.ts';
import { PrometheusMetrics } from '../../src/observability/prometheus-metrics.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { createTokenVault } from '../../src/service/create-token-vault.ts';
import { DEFAULT_LIMITS } from '../../src/service/limits.ts';
import { DRIVE } from '../load/call.ts';
import { serveMeasured } from './child.ts';
import { madeUpPorts } from './made-up-ports.ts';
import { memory } from './memory.ts';
import { serverFiles } from './server-files.ts';

await serveMeasured(startForManyUsers);

/**
 * The whole service behind its socket, with a made-up world in place of Google and Vault, in which
 * every user is connected: a hundred thousand users come without a hundred thousand sign-ins. With
 * `unaudited` as the last word of its command line there is no audit, as by default.
 */
async function startForManyUsers() {
  const { directory, ca, cert, key } = serverFiles();
  const isAudited = process.argv.at(-1) !== 'unaudited';
  const logger = createLogger({ level: 'info' });
  const metrics = new PrometheusMetrics();
  const deps = { clock: systemClock, random: systemRandom, logger, metrics };
  const alerts = new Alerts(logger, metrics);
  const replica = createTokenVault({ ...deps, ...madeUpPorts(), alerts, limits: DEFAULT_LIMITS });
  await replica.start();
  const policy = createCallerPolicy([
    {
      matcher: { kind: 'spiffeId', id: devSpiffeId('drive-worker') },
      rpcs: new Set(['GetAccessToken', 'BatchGetAccessTokens']),
      oauthClients: new Set([DEFAULT_OAUTH_CLIENT]),
      maxScopes: new Set([DRIVE]),
      users: 'all',
      requestsPerSecond: 1_000_000,
      lines: {},
    },
  ]);
  const audit = openAudit(
    {
      file: join(directory, 'many-users-audit.log'),
      stdout: false,
      required: true,
      users: 'hashed',
      key: new Secret(randomBytes(32).toString('base64url')),
      version: 'bench',
    },
    { ...deps, alerts },
  );
  const { port } = await startGrpcServer(
    {
      address: 'localhost:0',
      tls: { cert, key, clientCa: ca },
      callers: { trustDomain: DEV_TRUST_DOMAIN },
    },
    { ...deps, tokenVault: replica.tokenVault, policy, audit: isAudited ? audit.log : NO_AUDIT },
  );
  return { port, questions: { memory } };
}
