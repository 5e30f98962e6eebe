import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import { StartupProblems } from '../domain/startup-problems.ts';

/** PEM. Only clients with a certificate of `clientCa` can connect. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

/**
 * mTLS for the server: every client has to show a certificate. grpc-js would take material that
 * does not fit, and then refuse each connection.
 * @throws StartupProblems
 */
export function serverCredentials({ cert, key, clientCa }: ServerTls): ServerCredentials {
  // OpenSSL's own words are left out, because they may quote the files.
  if (!works(() => createSecureContext({ cert, key }))) {
    throw new StartupProblems([
      'The gRPC server’s certificate and key cannot be used: both must be PEM, and belong together.',
    ]);
  }
  if (!works(() => new X509Certificate(clientCa))) {
    throw new StartupProblems(['The client CA of the gRPC server must be a certificate in PEM.']);
  }
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  return ServerCredentials.createSsl(Buffer.from(clientCa), [pair], true);
}

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
