import { type ChannelCredentials, credentials, Metadata, status } from '@grpc/grpc-js';

/** Where TokenVault is, and how it is known. */
export interface ServerOptions {
  /**
   * `host:port`, or several with commas between them: replicas, any of which takes a call. The host is
   * a name that the server's certificate carries.
   */
  readonly address: string;
  /** Authority that signed the server's certificate. */
  readonly caPem: string;
  /** The name in the server's certificate, where it differs from the host, or that is an IP. */
  readonly serverName?: string | undefined;
}

export interface ConnectOptions extends ServerOptions {
  /** The caller's own certificate: its SPIFFE ID, or its DNS name, is who policy knows. */
  readonly certPem: string;
  readonly keyPem: string;
}

/** For the port of TokenVault where callers show tokens (`listen_jwt`). */
export interface TokenConnectOptions extends ServerOptions {
  /**
   * Asked for every call. One for which it throws, or gives what no header can hold, is not sent and
   * ends with UNAUTHENTICATED.
   */
  readonly bearerToken: () => string | Promise<string>;
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
