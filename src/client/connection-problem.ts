/** Why a call found no connection, as far as the gRPC library lets one know. */
export type ConnectionProblem =
  | 'HOST_UNKNOWN'
  /** The host answers that nobody has the port. */
  | 'NOTHING_LISTENS'
  | 'NETWORK_UNREACHABLE'
  /** Its certificate is for other names. */
  | 'SERVER_NAME_DIFFERS'
  /** Its certificate is of another authority, or out of date. */
  | 'SERVER_NOT_TRUSTED'
  /** What listens there does not speak TLS. */
  | 'NO_TLS'
  /** The server ended the handshake: as a rule it does not take the client's certificate. */
  | 'HANDSHAKE_REFUSED'
  /** Neither a connection nor a refusal came in time. */
  | 'CONNECTING_TIMED_OUT';

/** Words of Node, OpenSSL and grpc-js in the details of a status; the first row that fits counts. */
const TABLE: readonly (readonly [words: RegExp, problem: ConnectionProblem])[] = [
  [/^Name resolution failed/, 'HOST_UNKNOWN'],
  [/\bECONNREFUSED\b/, 'NOTHING_LISTENS'],
  [/\b(?:EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EACCES|EADDRNOTAVAIL)\b/, 'NETWORK_UNREACHABLE'],
  [/\bERR_TLS_CERT_ALTNAME_INVALID\b/, 'SERVER_NAME_DIFFERS'],
  [/wrong version number|packet length too long|\bHPE_/, 'NO_TLS'],
  [/SSL routines|SSL alert|\bEPROTO\b|before secure TLS connection/, 'HANDSHAKE_REFUSED'],
  [/certificate/, 'SERVER_NOT_TRUSTED'],
  // In TLS 1.3 the server looks at the client's certificate when the client is content already.
  [/Last error: Failed to connect|\bECONNRESET\b/, 'HANDSHAKE_REFUSED'],
  [/^Deadline exceeded.*Waiting for LB pick/, 'CONNECTING_TIMED_OUT'],
];

/** Reads `details` of a status that the library made by itself. They are dropped: only ours stays. */
export function connectionProblemOf(details: string): ConnectionProblem | undefined {
  return TABLE.find(([words]) => words.test(details))?.[1];
}
