import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority, type LeafOptions } from '../../../src/dev/certificates.ts';
import { CallerIdentities, type PeerCall } from '../../../src/grpc/caller-identity.ts';

const ID = 'spiffe://td/worker';
const CALLER = { id: ID, proof: 'spiffe' };

/** A call as grpc-js lays it out inside, counting how often its certificate is asked for. */
class CallOfPeer implements PeerCall {
  asked = 0;
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

async function certificate(options: LeafOptions): Promise<PeerCertificate> {
  const authority = await createCertificateAuthority('test');
  const { cert } = await authority.issue({ clientAuth: true, ...options });
  return new X509Certificate(cert).toLegacyObject();
}

describe('the identity of a caller', () => {
  it('is the SPIFFE ID of its certificate', async () => {
    const call = new CallOfPeer(await certificate({ uris: [ID] }), {});
    expect(new CallerIdentities().of(call)).toEqual(CALLER);
  });

  it('is worked out once for each connection', async () => {
    const identities = new CallerIdentities();
    const peer = await certificate({ uris: [ID] });
    const session = {};
    const first = new CallOfPeer(peer, session);
    const second = new CallOfPeer(peer, session);
    const elsewhere = new CallOfPeer(peer, {});
    for (const call of [first, second, elsewhere]) identities.of(call);
    expect([first.asked, second.asked, elsewhere.asked]).toEqual([1, 0, 1]);
  });

  it('is worked out for each call where the connection cannot be seen', async () => {
    const identities = new CallerIdentities();
    const call = new CallOfPeer(await certificate({ uris: [ID] }));
    expect([identities.of(call), identities.of(call)]).toEqual([CALLER, CALLER]);
    expect(call.asked).toBe(2);
  });

  it('is refused, each time, without a SPIFFE ID', async () => {
    const identities = new CallerIdentities();
    const call = new CallOfPeer(await certificate({ dns: ['worker.example'] }), {});
    const refused = expect.objectContaining({ reason: 'CALLER_CREDENTIAL_INVALID' });
    expect(() => identities.of(call)).toThrow(refused);
    expect(() => identities.of(call)).toThrow(refused);
  });

  it('is refused without a certificate', () => {
    const call = new CallOfPeer(undefined, {});
    expect(() => new CallerIdentities().of(call)).toThrow(
      expect.objectContaining({ reason: 'CALLER_CREDENTIAL_INVALID' }),
    );
  });
});
