import {
  type ChannelCredentials,
  type ClientUnaryCall,
  connectivityState,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { TokenVaultClient } from '../gen/tokenvault/v1/token_vault.ts';
import { channelOptions } from './channel-options.ts';
import { Channels } from './channels.ts';
import { decodeCallFailure } from './decode-call-failure.ts';
import type {
  ExchangeCodeRequest,
  ExchangeCodeResponse,
  GetAccessTokenRequest,
  GetAccessTokenResponse,
  GetUserRequest,
  GetUserResponse,
  RevokeUserRequest,
  RevokeUserResponse,
} from './messages.ts';
import { TokenVaultError } from './token-vault-error.ts';

/** Where TokenVault is, and how it is known. */
export interface ServerOptions {
  /** `host:port`. The host is a name that the server's certificate carries. */
  readonly address: string;
  /** Authority that signed the server's certificate. */
  readonly caPem: string;
  /** The name in the server's certificate, where it differs from the host, or that is an IP. */
  readonly serverName?: string;
}

export interface ConnectOptions extends ServerOptions {
  /** The caller's own certificate: its SPIFFE ID, or its DNS name, is who policy knows. */
  readonly certPem: string;
  readonly keyPem: string;
}

/** For the port of TokenVault where callers show tokens (`listen_jwt`). */
export interface TokenConnectOptions extends ServerOptions {
  /**
   * Asked for every call: `tokenFromFile` keeps up with a token that is replaced. A call for which it
   * throws, or gives what no header can hold, is not sent and ends with UNAUTHENTICATED.
   */
  readonly bearerToken: () => string | Promise<string>;
}

export interface CallOptions {
  /** The call ends with DEADLINE_EXCEEDED after this; the server takes at most 60 s. */
  readonly timeoutMs: number;
  /** Names the call in both sides' logs: 1 to 64 of `A-Z a-z 0-9 . _ -`. */
  readonly requestId?: string;
  /** W3C Trace Context of the caller's own work, in whose trace the call then stands. */
  readonly traceparent?: string | undefined;
}

export type Reachability = 'connected' | 'dialling' | 'unreachable';

/**
 * Shared by any number of calls: dozens at a time go over one connection, more open others. Each
 * method rejects with TokenVaultError alone.
 */
export interface TokenVaultConnection {
  exchangeCode(request: ExchangeCodeRequest, options: CallOptions): Promise<ExchangeCodeResponse>;
  getAccessToken(
    request: GetAccessTokenRequest,
    options: CallOptions,
  ): Promise<GetAccessTokenResponse>;
  revokeUser(request: RevokeUserRequest, options: CallOptions): Promise<RevokeUserResponse>;
  getUser(request: GetUserRequest, options: CallOptions): Promise<GetUserResponse>;
  /** Whether a connection stands. Makes no call, and dials where nothing has been dialled yet. */
  reachability(): Reachability;
  /** Calls under way end well; later ones end with CANCELLED and are not sent. */
  close(): void;
}

/**
 * Opens a connection over TLS, with a client certificate or with a token for each call. Nothing is
 * dialled before the first call, and a broken connection is made again by itself.
 * @throws Error when the address is an IP address and no `serverName` is given, or a PEM is broken
 */
export function connect(options: ConnectOptions | TokenConnectOptions): TokenVaultConnection {
  const trust = channelCredentials(options);
  const open = () => new TokenVaultClient(options.address, trust, channelOptions(options));
  const channels = new Channels(open);
  return {
    exchangeCode: unary(channels, (client, ...rest) => client.exchangeCode(...rest)),
    getAccessToken: unary(channels, (client, ...rest) => client.getAccessToken(...rest)),
    revokeUser: unary(channels, (client, ...rest) => client.revokeUser(...rest)),
    getUser: unary(channels, (client, ...rest) => client.getUser(...rest)),
    reachability: () => REACHABILITY[channels.first.getChannel().getConnectivityState(true)],
    close: () => channels.close(),
  };
}

/** What a connection proves the caller with. @throws Error when a PEM is broken */
export function channelCredentials(
  options: ConnectOptions | TokenConnectOptions,
): ChannelCredentials {
  const ca = Buffer.from(options.caPem);
  if (!('bearerToken' in options)) {
    return credentials.createSsl(ca, Buffer.from(options.keyPem), Buffer.from(options.certPem));
  }
  const bearer = credentials.createFromMetadataGenerator((_call, done) => {
    // Asked for inside, so that what it throws, or gives that is no token, fails the call alone.
    Promise.resolve()
      .then(async () => withToken(await options.bearerToken()))
      .then(
        (metadata) => done(null, metadata),
        () => done(noToken()),
      );
  });
  return credentials.combineChannelCredentials(credentials.createSsl(ca), bearer);
}

/** In place of what was thrown, which may quote a token. Without a code grpc-js takes UNKNOWN. */
function noToken(): Error {
  return Object.assign(new Error('There is no bearer token.'), { code: status.UNAUTHENTICATED });
}

function withToken(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

const REACHABILITY: Readonly<Record<connectivityState, Reachability>> = {
  [connectivityState.READY]: 'connected',
  [connectivityState.IDLE]: 'dialling',
  [connectivityState.CONNECTING]: 'dialling',
  [connectivityState.TRANSIENT_FAILURE]: 'unreachable',
  // After `close`.
  [connectivityState.SHUTDOWN]: 'unreachable',
};

type UnaryMethod<Client, Request, Response> = (
  client: Client,
  request: Request,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/** A method of a generated client, as connections have it: it rejects with TokenVaultError alone. */
export function unary<Client extends { close(): void }, Request, Response>(
  channels: Channels<Client>,
  method: UnaryMethod<Client, Request, Response>,
) {
  return (
    request: Request,
    { timeoutMs, requestId, traceparent }: CallOptions,
  ): Promise<Response> =>
    new Promise((resolve, reject) => {
      try {
        const metadata = new Metadata();
        if (requestId !== undefined) metadata.set('x-request-id', requestId);
        if (traceparent !== undefined) metadata.set('traceparent', traceparent);
        const deadline = Date.now() + timeoutMs;
        channels.use((client, ended) =>
          method(client, request, metadata, { deadline }, (error, response) => {
            ended();
            if (error === null) resolve(response);
            else reject(decodeCallFailure(error));
          }),
        );
      } catch {
        // The connection is closed, or an id cannot be sent: the call never left.
        reject(new TokenVaultError({ code: 'CANCELLED' }));
      }
    });
}
