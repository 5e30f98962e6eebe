import { constants, X509Certificate } from 'node:crypto';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { StartupProblems } from '../domain/startup-problems.ts';

/** PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/** PEM. Only clients with a certificate of `clientCa` can connect. */
export interface MutualTls extends ServerTls {
  readonly clientCa: string;
}

/**
 * No session is resumed and none renegotiated: each connection proves who its client is, to the
 * authorities of now, and is that client's to its end. Connections live long, so it costs little.
 */
const EVERY_CONNECTION_ANEW = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

/**
 * With `clientCa` every client has to show a certificate, without it none is asked for one. Material
 * that does not fit would otherwise show with the first connection.
 * @throws StartupProblems
 */
export function serverTlsOptions(tls: ServerTls | MutualTls): TlsOptions {
  const { cert, key } = tls;
  // OpenSSL's own words are left out, because they may quote the files.
  if (!works(() => createSecureContext({ cert, key }))) {
    throw new StartupProblems([
      'The gRPC server’s certificate and key cannot be used: both must be PEM, and belong together.',
    ]);
  }
  return {
    cert,
    key,
    ...('clientCa' in tls && certificatesOf(tls.clientCa)),
    ALPNProtocols: ['h2'],
    minVersion: 'TLSv1.2',
    secureOptions: EVERY_CONNECTION_ANEW,
  };
}

function certificatesOf(ca: string): TlsOptions {
  if (works(() => new X509Certificate(ca))) {
    return { ca, requestCert: true, rejectUnauthorized: true };
  }
  throw new StartupProblems(['The client CA of the gRPC server must be a certificate in PEM.']);
}

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
