import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { PURPOSES } from '../config/certificate-terms.ts';
import { splitHostPort } from '../domain/host-port.ts';
import { certificatesIn } from '../keys/pem.ts';
import { certificateName, day } from './certificate-facts.ts';
import { error, type Finding, type FindingId, warning } from './finding.ts';

/** What a server shows, by the keys that configure it. */
export interface ShownCertificate {
  /** Such as `listen.tls.cert_file`. */
  readonly key: string;
  /** PEM, with the chain. */
  readonly pem: string;
  /** `host:port` where the server listens, and the key that says so. */
  readonly address: string;
  readonly addressKey: string;
}

const DAY_MS = 86_400_000;
/** People renew in days; what renews by itself has done so before a third of its life is left. */
const SOON_MS = 14 * DAY_MS;
const LAST_SHARE = 1 / 3;
const ALL_ADDRESSES: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Everything for which a client would not believe, or soon not believe, who shows this. */
export function shownFindings(shown: ShownCertificate, now: number): readonly Finding[] {
  const [leaf, ...above] = certificatesIn(shown.pem);
  if (leaf === undefined) return [];
  const terms = termFindings(shown.key, [leaf, ...above], now);
  const broken = brokenChain(shown.key, leaf, above);
  // Of a chain in another order the first is not the one whose names count.
  if (broken !== undefined) return [...terms, broken];
  const top = above.at(-1) ?? leaf;
  return [
    ...terms,
    ...(isIncomplete(top) ? [incomplete(shown.key, top)] : []),
    ...nameFindings(shown, leaf),
  ];
}

/** What of the certificates in the file `about` is over, or soon will be. */
export function termFindings(
  about: string,
  certificates: readonly X509Certificate[],
  now: number,
): readonly Finding[] {
  return certificates.flatMap((certificate) => termFinding(about, certificate, now) ?? []);
}

function termFinding(
  about: string,
  certificate: X509Certificate,
  now: number,
): Finding | undefined {
  const [start, end] = [certificate.validFrom, certificate.validTo].map((time) => Date.parse(time));
  if (start === undefined || end === undefined) return undefined;
  const name = `The certificate ${certificateName(certificate)} in ${about}`;
  const remedy = `Renew it, and put it with its key where ${about} points: the service takes it while it runs.`;
  if (now >= end) {
    return error({ id: 'tls.expired', about, text: `${name} expired on ${day(end)}.`, remedy });
  }
  if (now < start) {
    const text = `${name} begins on ${day(start)} only.`;
    return error({ id: 'tls.not_yet_valid', about, text, remedy: 'Check this machine’s clock.' });
  }
  if (end - now >= Math.min(SOON_MS, (end - start) * LAST_SHARE)) return undefined;
  const days = Math.floor((end - now) / DAY_MS);
  const text = `${name} expires on ${day(end)}, in ${days} days.`;
  return warning({ id: 'tls.expires_soon', about, text, remedy });
}

function brokenChain(
  about: string,
  leaf: X509Certificate,
  above: readonly X509Certificate[],
): Finding | undefined {
  const chain = [leaf, ...above];
  const broken = above.findIndex((issuer, index) => !isIssuedBy(chain[index] ?? leaf, issuer));
  if (broken < 0 && !leaf.ca) return undefined;
  return error({
    id: 'tls.chain_broken',
    about,
    text: leaf.ca
      ? `The first certificate in ${about} is that of an authority.`
      : `Certificate ${broken + 2} in ${about} did not issue the one before it.`,
    remedy:
      'Put the server’s own certificate first into the file, then each one’s issuer: `cat server.pem intermediate.pem`.',
  });
}

/** By names and by signature: two authorities may have one name. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** It says where its issuer is to be had, which those that clients hold themselves need not. */
function isIncomplete(top: X509Certificate): boolean {
  const isSelfSigned = top.checkIssued(top);
  if (isSelfSigned || !/CA Issuers/.test(top.infoAccess ?? '')) return false;
  return !rootCertificates.some((root) => top.checkIssued(new X509Certificate(root)));
}

function incomplete(about: string, top: X509Certificate): Finding {
  return warning({
    id: 'tls.chain_incomplete',
    about,
    text: `The chain in ${about} ends with ${certificateName(top)}, whose issuer clients may not know.`,
    remedy: 'Append the certificate of its issuer to the file, unless your clients hold that one.',
  });
}

function nameFindings(shown: ShownCertificate, leaf: X509Certificate): readonly Finding[] {
  const { key, address, addressKey } = shown;
  const say = (id: FindingId, text: string, remedy: string) =>
    error({ id, about: key, text, remedy });
  const usages = leaf.keyUsage ?? [];
  if (usages.length > 0 && !usages.includes(PURPOSES.server.oid)) {
    const text = `The certificate in ${key} is not one for servers.`;
    return [say('tls.not_for_servers', text, 'Have it issued with the extended usage serverAuth.')];
  }
  if (leaf.subjectAltName === undefined) {
    const text = `The certificate in ${key} has no names, so no client believes it.`;
    return [say('tls.no_names', text, 'Have it issued with its DNS names as subjectAltName.')];
  }
  const { host } = splitHostPort(address);
  if (ALL_ADDRESSES.has(host)) return [];
  if ((isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined) return [];
  return [
    warning({
      id: 'tls.name_differs',
      about: key,
      text: `The certificate in ${key} is not for ${host}, which ${addressKey} names.`,
      remedy: `Have it issued for ${host} too, if callers dial that; it has ${leaf.subjectAltName}.`,
    }),
  ];
}
