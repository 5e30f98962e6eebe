import { type ConnectOptions, connect } from '../../src/client/connect.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../src/dev/certificates.ts';
import { NO_AUDIT } from '../../src/domain/audit.ts';
import type { CallerPolicy } from '../../src/grpc/caller-policy.ts';
import { startGrpcServer } from '../../src/grpc/server.ts';
import { createLogger } from '../../src/observability/pino-logger.ts';
import { PrometheusMetrics } from '../../src/observability/prometheus-metrics.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { HandWrittenTokenVault } from './fakes/hand-written-token-vault.ts';
import { ALL_RIGHTS } from './rights.ts';

export const CALLER_ID = 'spiffe://test.example/gateway';

export interface PlaceOfServer {
  /** Default: one of its own. */
  readonly authority?: CertificateAuthority;
  /** Default: a free one. */
  readonly port?: number;
}

/** The real gRPC server over mutual TLS, with hand-written use cases behind it. */
export async function startTokenVaultServer(
  policy: CallerPolicy = { rightsOf: () => ALL_RIGHTS },
  { authority: given, port = 0 }: PlaceOfServer = {},
) {
  const authority = given ?? (await createCertificateAuthority('token vault test'));
  const { cert, key } = await authority.issueServer(['localhost']);
  const caller = await authority.issueClient(CALLER_ID);
  const tokenVault = new HandWrittenTokenVault();
  const server = await startGrpcServer(
    {
      address: `localhost:${port}`,
      tls: { cert, key, clientCa: authority.cert },
      callers: { trustDomain: 'test.example' },
    },
    {
      tokenVault,
      policy,
      audit: NO_AUDIT,
      logger: createLogger({ level: 'silent' }),
      metrics: new PrometheusMetrics(),
      clock: systemClock,
      random: systemRandom,
    },
  );
  server.setServing(true);
  const connectOptions: ConnectOptions = {
    address: `localhost:${server.port}`,
    caPem: authority.cert,
    certPem: caller.cert,
    keyPem: caller.key,
  };
  return {
    tokenVault,
    server,
    connectOptions,
    connect: () => connect(connectOptions),
    terminal: terminalOf(connectOptions),
  };
}

/** What `tokenvault …` finds where it is typed: who calls, and where to. */
function terminalOf({ address, caPem, certPem, keyPem }: ConnectOptions) {
  const env: Record<string, string> = {
    TOKENVAULT_ADDRESS: address,
    TOKENVAULT_CA_FILE: 'ca.pem',
    TOKENVAULT_CERT_FILE: 'cert.pem',
    TOKENVAULT_KEY_FILE: 'key.pem',
  };
  const files: Record<string, string> = {
    'ca.pem': caPem,
    'cert.pem': certPem,
    'key.pem': keyPem,
  };
  return { env, files };
}

export type TokenVaultServer = Awaited<ReturnType<typeof startTokenVaultServer>>;
