import type { Caller } from '../../domain/caller.ts';
import { dnsCallerId } from '../../domain/caller-matcher.ts';
import { isSpiffeId } from '../../domain/spiffe-id.ts';
import { type LeafCertificate, leafCertificate } from './leaf-certificate.ts';

/** Which names of client certificates name a caller. */
export interface CertificateRules {
  /** Of the SPIFFE IDs that count. Without it none does. */
  readonly trustDomain?: string | undefined;
  /** Whether the DNS name of a certificate without URI names counts. Default: no. */
  readonly dnsNames?: boolean;
}

/** Why a certificate names no caller. */
export type CertificateFault =
  | 'certificate_missing'
  | 'certificate_unreadable'
  | 'certificate_usage'
  | 'certificate_names'
  | 'trust_domain';

const DNS_NAME =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/**
 * The caller that a certificate (DER) was issued for. It has to be a leaf for signatures with one URI
 * name, which is a SPIFFE ID of the trust domain (X509-SVID sections 2, 4 and 5.2), or, where the
 * rules say so, without URI names and with one DNS name.
 */
export function callerOfCertificate(
  der: Uint8Array,
  rules: CertificateRules,
): Caller | CertificateFault {
  const leaf = leafCertificate(der);
  if (leaf === undefined) return 'certificate_unreadable';
  if (!isForCallers(leaf)) return 'certificate_usage';
  if (leaf.uris.length > 0) return spiffeCaller(leaf.uris, rules.trustDomain);
  return rules.dnsNames === true ? dnsCaller(leaf.dnsNames) : 'certificate_names';
}

function isForCallers({ isAuthority, keyUsage }: LeafCertificate): boolean {
  if (isAuthority || !keyUsage.includes('digitalSignature')) return false;
  return !keyUsage.includes('keyCertSign') && !keyUsage.includes('crlSign');
}

function spiffeCaller(
  [id, ...others]: readonly string[],
  trustDomain: string | undefined,
): Caller | CertificateFault {
  if (id === undefined || others.length > 0 || !isSpiffeId(id)) return 'certificate_names';
  const isOurs = trustDomain !== undefined && id.startsWith(`spiffe://${trustDomain}/`);
  return isOurs ? { id, proof: 'spiffe' } : 'trust_domain';
}

function dnsCaller([issued, ...others]: readonly string[]): Caller | CertificateFault {
  const name = issued?.toLowerCase() ?? '';
  if (others.length > 0 || !DNS_NAME.test(name)) return 'certificate_names';
  return { id: dnsCallerId(name), proof: 'dns' };
}
