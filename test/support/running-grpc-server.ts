import http2 from 'node:http2';
import {
  type ChannelCredentials,
  type ClientOptions,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import {
  type CertificateAuthority,
  type CertificatePair,
  createCertificateAuthority,
} from '../../src/dev/certificates.ts';
import type { CallerTokens } from '../../src/domain/caller-tokens.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { PolicyEntry } from '../../src/domain/policy-entry.ts';
import type { Traces } from '../../src/domain/traces.ts';
import {
  GetAccessTokenRequest,
  type GetAccessTokenResponse,
  TokenVaultClient,
} from '../../src/gen/tokenvault/v1/token_vault.ts';
import { createCallerPolicy } from '../../src/grpc/caller-policy.ts';
import { startGrpcServer } from '../../src/grpc/server.ts';
import type { GrpcLimits } from '../../src/grpc/transport-limits.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import { systemRandom } from '../../src/observability/system-random.ts';
import { HandWrittenTokenVault } from './fakes/hand-written-token-vault.ts';
import { MemoryAuditLog } from './fakes/memory-audit-log.ts';
import { RecordingLogger } from './recording/logger.ts';
import { RecordingMetrics } from './recording/metrics.ts';
import { entryFor } from './rights.ts';

/** May call everything. */
export const OPERATOR = 'spiffe://td/operator';
/** May call GetUser. */
export const READER = 'spiffe://td/reader';

/** Certificates are checked against a name, while connections go to the address that is bound. */
export const DIAL_BY_ADDRESS: ClientOptions = {
  'grpc.ssl_target_name_override': 'localhost',
  'grpc.use_local_subchannel_pool': 1,
};

/** What a client of one's own making needs: where to go, and who vouches for it. */
export interface Dialled {
  readonly address: string;
  readonly authority: Pick<CertificateAuthority, 'cert' | 'issueClient'>;
}

export interface RunningOptions {
  readonly reflection?: boolean;
  readonly traces?: Traces;
  /** Opens a second port for callers with tokens. */
  readonly tokens?: {
    readonly callers: (deps: Deps) => CallerTokens;
    readonly policy: readonly PolicyEntry[];
  };
}

interface Deps {
  readonly clock: Clock;
  readonly logger: RecordingLogger;
  readonly metrics: RecordingMetrics;
}

export type RunningGrpcServer = Awaited<ReturnType<typeof runGrpcServer>>;

/** A gRPC server on a free port, in front of use cases that the test writes. */
export async function runGrpcServer(
  clock: Clock = systemClock,
  limits?: GrpcLimits,
  { reflection = false, tokens, traces }: RunningOptions = {},
) {
  const vault = new HandWrittenTokenVault();
  const audit = new MemoryAuditLog();
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const authority = await createCertificateAuthority('test');
  const pair = await authority.issueServer(['localhost', '127.0.0.1']);
  const policy = createCallerPolicy([
    entryFor(OPERATOR),
    entryFor(READER, ['GetUser']),
    ...(tokens?.policy ?? []),
  ]);
  const server = await startGrpcServer(
    {
      address: '127.0.0.1:0',
      tls: { ...pair, clientCa: authority.cert },
      callers: { trustDomain: 'td' },
      limits,
      reflection,
      forTokens: tokens && {
        address: '127.0.0.1:0',
        tls: pair,
        callers: tokens.callers({ clock, logger, metrics }),
      },
    },
    { tokenVault: vault, policy, audit, logger, metrics, clock, random: systemRandom, traces },
  );
  const address = `127.0.0.1:${server.port}`;
  const clientOf = (certificate: CertificatePair | undefined) =>
    new TokenVaultClient(address, channelCredentials(authority.cert, certificate), DIAL_BY_ADDRESS);
  const client = clientOf(await authority.issueClient(OPERATOR));
  return { vault, audit, logger, metrics, authority, server, address, clientOf, client };
}

/** What a client proves itself and checks the server with. */
export function channelCredentials(
  ca: string,
  pair: CertificatePair | undefined,
): ChannelCredentials {
  if (pair === undefined) return credentials.createSsl(Buffer.from(ca));
  return credentials.createSsl(Buffer.from(ca), Buffer.from(pair.key), Buffer.from(pair.cert));
}

export type Answer<Reply> = { readonly reply: Reply } | { readonly error: ServiceError };

/** Turns a call with grpc-js's callback into its answer. */
export function answerOf<Reply>(
  call: (callback: (error: ServiceError | null, reply: Reply) => void) => unknown,
): Promise<Answer<Reply>> {
  return new Promise((resolve) => {
    call((error, reply) => resolve(error === null ? { reply } : { error }));
  });
}

/** The error that a call ended with. */
export async function errorOf<Reply>(answer: Promise<Answer<Reply>>): Promise<ServiceError> {
  const settled = await answer;
  if ('error' in settled) return settled.error;
  throw new Error('The call was answered OK.');
}

export interface TokenCallOptions {
  readonly request?: Partial<GetAccessTokenRequest>;
  readonly requestId?: string;
  /** Default: none, so that the server's own holds. */
  readonly timeoutMs?: number;
}

/** GetAccessToken for a user and a scope, unless the options say otherwise. */
export function getAccessToken(
  client: TokenVaultClient,
  { request = {}, requestId, timeoutMs }: TokenCallOptions = {},
): Promise<Answer<GetAccessTokenResponse>> {
  const metadata = new Metadata();
  if (requestId !== undefined) metadata.set('x-request-id', requestId);
  const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
  const message = GetAccessTokenRequest.fromPartial({
    userId: '1',
    scopes: ['openid'],
    ...request,
  });
  return answerOf((callback) => client.getAccessToken(message, metadata, options, callback));
}

/** Sends one frame with `message` in it to GetAccessToken, past every encoder; gives the trailers. */
export async function sendRaw(
  { address, authority }: RunningGrpcServer,
  pair: CertificatePair,
  message: Buffer,
): Promise<Metadata> {
  const session = http2.connect(`https://${address}`, {
    ca: authority.cert,
    cert: pair.cert,
    key: pair.key,
    servername: 'localhost',
  });
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/tokenvault.v1.TokenVault/GetAccessToken',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const header = Buffer.alloc(5);
    header.writeUInt32BE(message.length, 1);
    const headers = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
      stream.once('response', resolve);
      stream.once('error', reject);
      session.once('error', reject);
      stream.end(Buffer.concat([header, message]));
    });
    return Metadata.fromHttp2Headers(headers);
  } finally {
    session.destroy();
  }
}
