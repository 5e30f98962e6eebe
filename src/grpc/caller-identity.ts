import { X509Certificate } from 'node:crypto';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { Caller } from '../domain/caller.ts';
import { Failure } from '../domain/failure.ts';
import { spiffeIdOf } from './certificate-spiffe-id.ts';
import { sessionOf } from './grpc-internals.ts';

export type PeerCall = Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext'>;

/**
 * Who calls, by the client certificate of the connection. It is worked out once for each connection:
 * parsing the certificate for every call would cost a third of the throughput.
 */
export class CallerIdentities {
  readonly #bySession = new WeakMap<object, Caller | 'nobody'>();

  /** @throws Failure CALLER_CREDENTIAL_INVALID */
  of(call: PeerCall): Caller {
    const session = sessionOf(call);
    let caller = session && this.#bySession.get(session);
    if (caller === undefined) {
      caller = identify(call);
      if (session !== undefined) this.#bySession.set(session, caller);
    }
    if (caller === 'nobody') throw new Failure('CALLER_CREDENTIAL_INVALID');
    return caller;
  }
}

function identify(call: PeerCall): Caller | 'nobody' {
  const certificate = call.getAuthContext().sslPeerCertificate;
  const id = certificate && spiffeIdOf(new X509Certificate(certificate.raw));
  return id === undefined ? 'nobody' : { id, proof: 'spiffe' };
}
