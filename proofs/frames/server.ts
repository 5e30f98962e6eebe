import { readFileSync } from 'node:fs';
import { NO_AUDIT } from '../../src/domain/audit.ts';
import { createCallerPolicy } from '../../src/grpc/caller-policy.ts';
import { startGrpcServer } from '../../src/grpc/server.ts';
import { createLogger } from '../../src/observability/pino-logger.ts';
import { PrometheusMetrics } from '../../src/observability/prometheus-metrics.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import type { TokenVault } from '../../src/service/token-vault.ts';
import {
  EXCHANGED,
  IMPORTED,
  ISSUED,
  PAGE,
  REVOKED,
  USER,
} from '../../test/support/fakes/hand-written-token-vault.ts';
import { entryFor } from '../../test/support/rights.ts';
import { OPERATOR } from '../../test/support/running-grpc-server.ts';

// The process that is flooded: the gRPC server as the service has it, before use cases that keep
// nothing. Its parent is told its port, and what memory it holds when it asks.

const [, , certFile = '', keyFile = '', caFile = ''] = process.argv;

// First of all, because it keeps the process alive.
process.once('disconnect', () => process.exit());
process.on('message', () => {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ rss, heapUsed, external });
});

const tokenVault: TokenVault = {
  exchangeCode: async () => EXCHANGED,
  getAccessToken: () => ISSUED,
  batchGetAccessTokens: ({ userIds, scopes }) => ({ results: userIds.map(() => ISSUED), scopes }),
  revokeUser: async () => REVOKED,
  getUser: async () => USER,
  listUsers: async () => PAGE,
  importGrant: async () => IMPORTED,
};
const tls = {
  cert: readFileSync(certFile, 'utf8'),
  key: readFileSync(keyFile, 'utf8'),
  clientCa: readFileSync(caFile, 'utf8'),
};
const server = await startGrpcServer(
  { address: '127.0.0.1:0', tls, callers: { trustDomain: 'td' } },
  {
    tokenVault,
    audit: NO_AUDIT,
    policy: createCallerPolicy([entryFor(OPERATOR)]),
    // A defect is a line of this level; millions of lines of others would say nothing.
    logger: createLogger({ level: 'error' }),
    metrics: new PrometheusMetrics(),
    clock: systemClock,
    random: systemRandom,
  },
);
process.send?.({ port: server.port });
