import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { handleUnaryCall } from '@grpc/grpc-js';
import { Metadata } from '@grpc/grpc-js';
import { DRIVE, tokenRequest } from '../../bench/load/call.ts';
import { madeUpPorts } from '../../bench/servers/made-up-ports.ts';
import { type OpenAudit, openAudit } from '../../src/audit/open-audit.ts';
import { DEV_TRUST_DOMAIN } from '../../src/dev/certificate-files.ts';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';
import { Alerts } from '../../src/domain/alerts.ts';
import { NO_AUDIT } from '../../src/domain/audit.ts';
import { CallerRights } from '../../src/domain/caller-rights.ts';
import { Secret } from '../../src/domain/secret.ts';
import { CallerAdmission } from '../../src/grpc/caller-admission.ts';
import { createCallerPolicy } from '../../src/grpc/caller-policy.ts';
import type { CallerIdentities } from '../../src/grpc/callers/caller-identities.ts';
import { CertificateCallers } from '../../src/grpc/callers/certificate-callers.ts';
import { CallsInFlight } from '../../src/grpc/calls-in-flight.ts';
import { DEFAULT_OAUTH_CLIENT } from '../../src/grpc/field-rules.ts';
import { tokenVaultHandlers } from '../../src/grpc/token-vault-service.ts';
import { DEFAULT_GRPC_LIMITS } from '../../src/grpc/transport-limits.ts';
import { createLogger } from '../../src/observability/pino-logger.ts';
import { PrometheusMetrics } from '../../src/observability/prometheus-metrics.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { createTokenVault } from '../../src/service/create-token-vault.ts';
import { DEFAULT_LIMITS } from '../../src/service/limits.ts';

type Handler = handleUnaryCall<Buffer, Buffer>;

export interface Handlers {
  /** With identity, policy, rate limit and audit. */
  readonly everything: Handler;
  /** The same without the audit. */
  readonly unaudited: Handler;
  /** A caller who is known and may do everything, and no audit. */
  readonly undecided: Handler;
  /** What grpc-js would give a handler: the same request on the same connection. */
  readonly call: Parameters<Handler>[0];
  readonly audit: OpenAudit;
}

const CALLER_ID = 'spiffe://dev.tokenvault.example/drive-worker';
const FOREVER = new Date(8.64e15);
const EVERYTHING = { has: () => true };

/** The handlers of GetAccessToken as the server makes them, over use cases whose world is made up. */
export async function makeHandlers(directory: string): Promise<Handlers> {
  const logger = createLogger({ level: 'error' });
  const metrics = new PrometheusMetrics();
  const deps = { clock: systemClock, random: systemRandom, logger, metrics };
  const alerts = new Alerts(logger, metrics);
  const replica = createTokenVault({ ...deps, ...madeUpPorts(), alerts, limits: DEFAULT_LIMITS });
  await replica.start();
  const audit = openAudit(
    {
      file: join(directory, 'audit.log'),
      stdout: false,
      required: true,
      users: 'hashed',
      key: new Secret(Buffer.alloc(32, 7).toString('base64url')),
      version: 'proof',
    },
    { ...deps, alerts },
  );
  const limits = DEFAULT_GRPC_LIMITS;
  const calls = new CallsInFlight(limits.callsInFlight);
  const identities = new CertificateCallers({ trustDomain: DEV_TRUST_DOMAIN }, { metrics });
  const admission = new CallerAdmission(policy(), limits, systemClock);
  const common = { ...deps, limits, calls, tokenVault: replica.tokenVault };
  const handlerOf = (parts: Pick<Parts, 'identities' | 'admission' | 'audit'>) =>
    tokenVaultHandlers({ ...common, ...parts }).getAccessToken;
  const caller = { id: CALLER_ID, proof: 'spiffe' } as const;
  const known: CallerIdentities = { of: () => caller };
  return {
    everything: handlerOf({ identities, admission, audit: audit.log }),
    unaudited: handlerOf({ identities, admission, audit: NO_AUDIT }),
    undecided: handlerOf({
      identities: known,
      admission: { admit: () => ALL, charge: () => undefined },
      audit: NO_AUDIT,
    }),
    call: await madeUpCall(),
    audit,
  };
}

type Parts = Parameters<typeof tokenVaultHandlers>[0];

/** Asks no set: what it costs is nobody's. */
const ALL = Object.assign(
  new CallerRights({
    rpcs: new Set(),
    oauthClients: new Set(),
    maxScopes: new Set(),
    users: 'all',
  }),
  { allowsClient: EVERYTHING.has, allowsScopes: EVERYTHING.has, allowsUser: EVERYTHING.has },
);

function policy() {
  return createCallerPolicy([
    {
      matcher: { kind: 'spiffeId', id: CALLER_ID },
      rpcs: new Set(['GetAccessToken']),
      oauthClients: new Set([DEFAULT_OAUTH_CLIENT]),
      maxScopes: new Set([DRIVE]),
      users: 'all',
      requestsPerSecond: 1_000_000_000,
      lines: {},
    },
  ]);
}

async function madeUpCall(): Promise<Handlers['call']> {
  const authority = await createCertificateAuthority('proof');
  const { cert } = await authority.issueClient(CALLER_ID);
  const { raw } = new X509Certificate(cert);
  const made = {
    request: Buffer.from(tokenRequest('108000000000000000001')),
    metadata: new Metadata(),
    getDeadline: () => FOREVER,
    getAuthContext: () => ({ sslPeerCertificate: { raw } }),
    // Where the identity of a connection is looked up.
    call: { stream: { session: {} } },
  };
  // A cast, because a handler uses no more of a call than this.
  return made as unknown as Handlers['call'];
}
