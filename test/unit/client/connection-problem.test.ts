import { describe, expect, it } from 'vitest';
import { connectionProblemOf } from '../../../src/client/connection-problem.ts';

/** As grpc-js writes it, in which the last error is Node's or OpenSSL's. */
const last = (error: string) =>
  `No connection established. Last error: ${error}. Resolution note: `;

describe('why there is no connection', () => {
  it.each([
    ['HOST_UNKNOWN', 'Name resolution failed for target dns:nobody.invalid:1'],
    ['NOTHING_LISTENS', last('Error: connect ECONNREFUSED 127.0.0.1:1')],
    ['NETWORK_UNREACHABLE', last('Error: connect EHOSTUNREACH 10.0.0.1:50051')],
    ['SERVER_NAME_DIFFERS', last('Error [ERR_TLS_CERT_ALTNAME_INVALID]: not in the cert')],
    ['SERVER_NOT_TRUSTED', last('Error: self-signed certificate in certificate chain')],
    ['SERVER_NOT_TRUSTED', last('Error: certificate has expired')],
    ['SERVER_NOT_TRUSTED', last('Error: unable to verify the first certificate')],
    ['NO_TLS', last('Error: 40:error:0A00010B:SSL routines:record_header:wrong version number')],
    ['HANDSHAKE_REFUSED', last('Error: 40:error:0A:SSL routines:tlsv13 alert unknown ca')],
    ['HANDSHAKE_REFUSED', last('Error: disconnected before secure TLS connection was established')],
    ['HANDSHAKE_REFUSED', last('Failed to connect (2026-01-01T00:00:00.000Z)')],
    ['CONNECTING_TIMED_OUT', 'Deadline exceeded after 3.002s,Waiting for LB pick'],
    [undefined, 'Deadline exceeded after 3.002s,remote_addr=127.0.0.1:1'],
    [undefined, 'Connection dropped'],
    [undefined, ''],
  ])('is %s: %s', (problem, details) => {
    expect(connectionProblemOf(details)).toBe(problem);
  });
});
