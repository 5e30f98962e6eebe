import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority, type LeafOptions } from '../../../../src/dev/certificates.ts';
import type { PeerCall } from '../../../../src/grpc/callers/caller-identities.ts';
import { CertificateCallers } from '../../../../src/grpc/callers/certificate-callers.ts';
import { RecordingMetrics } from '../../../support/recording/metrics.ts';

const ID = 'spiffe://td/worker';
const CALLER = { id: ID, proof: 'spiffe' };

/** A call as grpc-js lays it out inside, counting how often its certificate is asked for. */
class CallOfPeer implements PeerCall {
  asked = 0;
  readonly metadata = new Metadata();
  readonly call: unknown;
  readonly #certificate: PeerCertificate | undefined;

  constructor(certificate: PeerCertificate | undefined, session?: object) {
    this.#certificate = certificate;
    this.call = { stream: { session } };
  }

  getAuthContext() {
    this.asked += 1;
    return { sslPeerCertificate: this.#certificate };
  }
}

function certificateCallers(metrics = new RecordingMetrics()) {
  return new CertificateCallers({ trustDomain: 'td' }, { metrics });
}

async function certificate(options: LeafOptions): Promise<PeerCertificate> {
  const authority = await createCertificateAuthority('test');
  const { cert } = await authority.issue({ clientAuth: true, ...options });
  return new X509Certificate(cert).toLegacyObject();
}

describe('the identity of a caller', () => {
  it('is the SPIFFE ID of its certificate', async () => {
    const call = new CallOfPeer(await certificate({ uris: [ID] }), {});
    expect(certificateCallers().of(call)).toEqual(CALLER);
  });

  it('is worked out once for each connection', async () => {
    const metrics = new RecordingMetrics();
    const identities = certificateCallers(metrics);
    const peer = await certificate({ uris: [ID] });
    const session = {};
    const first = new CallOfPeer(peer, session);
    const second = new CallOfPeer(peer, session);
    const elsewhere = new CallOfPeer(peer, {});
    const callers = [first, second, elsewhere].map((call) => identities.of(call));
    expect([first.asked, second.asked, elsewhere.asked]).toEqual([1, 0, 1]);
    expect(callers[1]).toBe(callers[0]);
    expect(metrics.labelsOf('tokenvault_caller_credentials_total')).toEqual([
      { outcome: 'spiffe' },
      { outcome: 'spiffe' },
    ]);
  });

  it('is worked out for each call where the connection cannot be seen', async () => {
    const identities = certificateCallers();
    const call = new CallOfPeer(await certificate({ uris: [ID] }));
    expect([identities.of(call), identities.of(call)]).toEqual([CALLER, CALLER]);
    expect(call.asked).toBe(2);
  });

  it('is refused, each time, without a SPIFFE ID', async () => {
    const metrics = new RecordingMetrics();
    const identities = certificateCallers(metrics);
    const call = new CallOfPeer(await certificate({ dns: ['worker.example'] }), {});
    const refused = expect.objectContaining({
      reason: 'CALLER_CREDENTIAL_INVALID',
      detail: 'certificate_names',
    });
    expect(() => identities.of(call)).toThrow(refused);
    expect(() => identities.of(call)).toThrow(refused);
    expect(metrics.labelsOf('tokenvault_caller_credentials_total')).toEqual([
      { outcome: 'certificate_names' },
    ]);
  });

  it('is refused without a certificate', () => {
    const call = new CallOfPeer(undefined, {});
    expect(() => certificateCallers().of(call)).toThrow(
      expect.objectContaining({ reason: 'CALLER_CREDENTIAL_INVALID' }),
    );
  });
});
