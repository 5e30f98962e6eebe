/**
 * No HTTP answer came: the connection was refused, lost or too slow, or the answer was too large.
 * It holds nothing of the vendor's error, because that one holds the token and the body.
 */
export class VaultFault extends Error {
  /** Whether the request may have reached Vault, so that a write may have taken effect. */
  readonly sent: boolean;
  /** Node's or undici's error code, or `TIMEOUT`, `BODY_TOO_LARGE`, `NO_CONNECTION_FREE`. */
  readonly code: string;

  constructor(options: { readonly sent: boolean; readonly code: string }) {
    super(`No answer from Vault (${options.code}).`);
    this.name = 'VaultFault';
    this.sent = options.sent;
    this.code = options.code;
  }
}

/** Steps before the first byte of the request leaves. */
const STEPS_BEFORE_SENDING: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo']);
const CODES_BEFORE_SENDING: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What is safe to know about a vendor's transport error. */
export function vaultFaultOf(error: unknown): VaultFault {
  if (error instanceof VaultFault) return error;
  const { code, syscall } = Object(error);
  const name = typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? code : 'UNKNOWN';
  const sent = !STEPS_BEFORE_SENDING.has(syscall) && !CODES_BEFORE_SENDING.has(name);
  return new VaultFault({ sent, code: name });
}
