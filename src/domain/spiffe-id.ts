const MAX_BYTES = 2048;
const SYNTAX = /^spiffe:\/\/[a-z0-9._-]{1,255}((?:\/[A-Za-z0-9._-]+)+)$/;

/**
 * Whether `text` is the SPIFFE ID of a workload: a trust domain and a path (SPIFFE-ID section 2;
 * X509-SVID section 4.1 wants the path).
 */
export function isSpiffeId(text: string): boolean {
  if (text.length > MAX_BYTES) return false;
  const path = SYNTAX.exec(text)?.[1];
  return path?.split('/').every((segment) => segment !== '.' && segment !== '..') ?? false;
}
