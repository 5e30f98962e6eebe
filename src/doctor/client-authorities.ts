import { certificatesIn } from '../keys/pem.ts';
import { certificateName } from './certificate-facts.ts';
import { error, type Finding, warning } from './finding.ts';

/** Of the authorities whose client certificates are taken. */
export function authorityFindings(about: string, pem: string, now: number): readonly Finding[] {
  const certificates = certificatesIn(pem);
  const ended = certificates.filter(({ validTo }) => Date.parse(validTo) <= now);
  const strangers = certificates.filter(({ ca }) => !ca);
  const allEnded = ended.length === certificates.length;
  return [
    ...strangers.map((certificate) =>
      error({
        id: 'tls.client_ca_not_authority',
        about,
        text: `The certificate ${certificateName(certificate)} in ${about} is not that of an authority, so it vouches for no caller.`,
        remedy: `Put the certificate of the authority that issues your callers’ into ${about}.`,
      }),
    ),
    ...ended.map((certificate) =>
      (allEnded ? error : warning)({
        id: 'tls.client_ca_expired',
        about,
        text: `The authority ${certificateName(certificate)} in ${about} has expired: callers of its are refused.`,
        remedy: `Put its successor into ${about}, and take it out when no caller is left.`,
      }),
    ),
  ];
}
