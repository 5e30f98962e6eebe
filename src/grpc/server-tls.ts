import { constants, X509Certificate } from 'node:crypto';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { StartupProblems } from '../domain/startup-problems.ts';

/** PEM. Only clients with a certificate of `clientCa` can connect. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

/**
 * No session is resumed and none renegotiated: each connection proves who its client is, to the
 * authorities of now, and is that client's to its end. Connections live long, so it costs little.
 */
const EVERY_CONNECTION_ANEW = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

/**
 * mTLS for the server: every client has to show a certificate. Material that does not fit would
 * otherwise show with the first connection.
 * @throws StartupProblems
 */
export function serverTlsOptions({ cert, key, clientCa }: ServerTls): TlsOptions {
  // OpenSSL's own words are left out, because they may quote the files.
  if (!works(() => createSecureContext({ cert, key }))) {
    throw new StartupProblems([
      'The gRPC server’s certificate and key cannot be used: both must be PEM, and belong together.',
    ]);
  }
  if (!works(() => new X509Certificate(clientCa))) {
    throw new StartupProblems(['The client CA of the gRPC server must be a certificate in PEM.']);
  }
  return {
    cert,
    key,
    ca: clientCa,
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['h2'],
    minVersion: 'TLSv1.2',
    secureOptions: EVERY_CONNECTION_ANEW,
  };
}

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
