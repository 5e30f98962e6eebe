import {
  type ClientUnaryCall,
  type Client as GrpcClient,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { within } from '../concurrency/within.ts';
import type { Clock } from '../domain/clock.ts';
import { awake } from './awake.ts';
import type { CallOptions } from './call-options.ts';
import { decodeCallFailure } from './decode-call-failure.ts';
import type { Server, Servers } from './servers.ts';
import { TokenVaultError } from './token-vault-error.ts';

/** One method of a generated client. */
export type UnaryMethod<Client, Request, Response> = (
  client: Client,
  request: Request,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/** Makes one call, and rejects with TokenVaultError alone. */
export type Send<Client> = <Request, Response>(
  method: UnaryMethod<Client, Request, Response>,
  request: Request,
  options: CallOptions,
) => Promise<Response>;

/** How long a server is passed over that let a call run out of time: its machine may be gone. */
const SILENT_REST_MS = 1_000;

/**
 * Sends calls to `servers`. A call that never left, or that a server refused as it cannot serve now,
 * goes on to another one at once; else a call is sent once.
 */
export function sendOver<Client extends GrpcClient>(
  servers: Servers<Client>,
  clock: Clock,
): Send<Client> {
  return async (method, request, options) => {
    const end = clock.monotonic() + options.timeoutMs;
    let refusal: TokenVaultError | undefined;
    for (let left = servers.size; ; left -= 1) {
      if (servers.size > 1) await settledWithin(servers, clock, end - clock.monotonic());
      const server = servers.next();
      try {
        const timeoutMs = end - clock.monotonic();
        return await sendOnce(server, method, { request, options: { ...options, timeoutMs } });
      } catch (error) {
        if (!(error instanceof TokenVaultError)) throw error;
        server.restsUntil = Math.max(server.restsUntil, clock.monotonic() + restMs(error));
        // What one server said of the call is worth more than that another was not there.
        if (error.sent || refusal?.sent !== true) refusal = error;
        if (left === 1 || !isPassedOn(error, server, servers)) throw refusal;
      }
    }
  };
}

function settledWithin<Client extends GrpcClient>(
  servers: Servers<Client>,
  clock: Clock,
  ms: number,
): Promise<void> {
  if (servers.reachability() !== 'dialling') return Promise.resolve();
  const onTimeout = () =>
    new TokenVaultError({
      code: 'DEADLINE_EXCEEDED',
      connection: 'CONNECTING_TIMED_OUT',
      sent: false,
    });
  return awake(within(clock, ms, { work: servers.settled(), onTimeout }));
}

function restMs({ reason, code, requestId, retryAfterMs }: TokenVaultError): number {
  if (reason === 'NOT_READY') return retryAfterMs ?? 0;
  return code === 'DEADLINE_EXCEEDED' && requestId === undefined ? SILENT_REST_MS : 0;
}

/** Of what never left, CANCELLED is no server's fault: the connection is closed. */
function isPassedOn<Client extends GrpcClient>(
  { sent, reason, code }: TokenVaultError,
  server: Server<Client>,
  servers: Servers<Client>,
): boolean {
  if (reason === 'NOT_READY') return servers.hasOther(server);
  return !sent && code === 'UNAVAILABLE' && servers.reachability() !== 'unreachable';
}

function sendOnce<Client extends GrpcClient, Request, Response>(
  { channels }: Server<Client>,
  method: UnaryMethod<Client, Request, Response>,
  { request, options }: { readonly request: Request; readonly options: CallOptions },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    try {
      const metadata = metadataOf(options);
      const deadline = Date.now() + options.timeoutMs;
      channels.use((client, ended) =>
        method(client, request, metadata, { deadline }, (error, response) => {
          ended();
          if (error === null) resolve(response);
          else reject(decodeCallFailure(error));
        }),
      );
    } catch {
      // The connection is closed: the call never left.
      reject(new TokenVaultError({ code: 'CANCELLED', sent: false }));
    }
  });
}

function metadataOf({ requestId, traceparent }: CallOptions): Metadata {
  const metadata = new Metadata();
  if (requestId !== undefined) metadata.set('x-request-id', requestId);
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  return metadata;
}
