import type { X509Certificate } from 'node:crypto';
import { isSpiffeId } from '../domain/spiffe-id.ts';

/**
 * The SPIFFE ID that a certificate was issued for. Undefined unless it is a leaf certificate with
 * exactly one URI name, and that name is a SPIFFE ID (X509-SVID sections 2 and 5.2).
 */
export function spiffeIdOf(certificate: X509Certificate): string | undefined {
  if (certificate.ca) return undefined;
  const [uri, ...others] = uriNames(certificate.subjectAltName ?? '');
  return uri !== undefined && others.length === 0 && isSpiffeId(uri) ? uri : undefined;
}

/**
 * Node lists names as `TYPE:value, TYPE:value`. Where a value holds a comma or another special
 * character it is quoted and the comma escaped, so that only real separators are cut at. A quoted
 * value keeps its quotes, which no SPIFFE ID has.
 */
function uriNames(subjectAltName: string): string[] {
  return subjectAltName
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => name.slice('URI:'.length));
}
