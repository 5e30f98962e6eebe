import type { Caller } from '../../domain/caller.ts';
import { Failure } from '../../domain/failure.ts';
import type { Metrics } from '../../domain/metrics.ts';
import { sessionOf } from '../grpc-internals.ts';
import type { CallerIdentities, PeerCall } from './caller-identities.ts';
import {
  type CertificateFault,
  type CertificateRules,
  callerOfCertificate,
} from './certificate-caller.ts';

/**
 * Who calls, by the client certificate of the connection. It is worked out once for each connection:
 * parsing the certificate for every call would cost a third of the throughput.
 */
export class CertificateCallers implements CallerIdentities {
  readonly #rules: CertificateRules;
  readonly #metrics: Metrics;
  readonly #bySession = new WeakMap<object, Caller | CertificateFault>();

  constructor(rules: CertificateRules, deps: { readonly metrics: Metrics }) {
    this.#rules = rules;
    this.#metrics = deps.metrics;
  }

  of(call: PeerCall): Caller {
    const session = sessionOf(call);
    let caller = session && this.#bySession.get(session);
    if (caller === undefined) {
      caller = this.#identify(call);
      if (session !== undefined) this.#bySession.set(session, caller);
    }
    if (typeof caller !== 'string') return caller;
    throw new Failure('CALLER_CREDENTIAL_INVALID', { detail: caller });
  }

  #identify(call: PeerCall): Caller | CertificateFault {
    const der = call.getAuthContext().sslPeerCertificate?.raw;
    const found = der === undefined ? 'certificate_missing' : callerOfCertificate(der, this.#rules);
    const outcome = typeof found === 'string' ? found : found.proof;
    this.#metrics.count('tokenvault_caller_credentials_total', { outcome });
    return found;
  }
}
