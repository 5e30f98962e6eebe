import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate,
  type Extension,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  KeyUsage,
  type KeyUsageType,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';

/** What a certificate says of its holder. */
export interface LeafCertificate {
  /** Its URI and DNS names, as they were issued; names of other kinds name no caller. */
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  readonly isAuthority: boolean;
  /** Empty where it says nothing of it. */
  readonly keyUsage: readonly KeyUsageType[];
}

/**
 * Reads a certificate's own bytes (DER). Node's text of its names has one line for all of them, and
 * nothing of what its key may be used for. It looks at no signature: the handshake did.
 * @returns undefined where it cannot be read, or says a thing twice
 */
export function leafCertificate(der: Uint8Array): LeafCertificate | undefined {
  try {
    return read(AsnConvert.parse(der, Certificate));
  } catch {
    // What exactly is wrong with it helps nobody.
    return undefined;
  }
}

function read({ tbsCertificate }: Certificate): LeafCertificate | undefined {
  const extensions = new Map<string, Extension>();
  for (const extension of tbsCertificate.extensions ?? []) {
    if (extensions.has(extension.extnID)) return undefined;
    extensions.set(extension.extnID, extension);
  }
  const parsed = <T>(id: string, type: new () => T): T => {
    const extension = extensions.get(id);
    return extension === undefined
      ? new type()
      : AsnConvert.parse(extension.extnValue.buffer, type);
  };
  const names = [...parsed(id_ce_subjectAltName, SubjectAlternativeName)];
  return {
    uris: names.flatMap(({ uniformResourceIdentifier: uri }) => (uri === undefined ? [] : [uri])),
    dnsNames: names.flatMap(({ dNSName: name }) => (name === undefined ? [] : [name])),
    isAuthority: parsed(id_ce_basicConstraints, BasicConstraints).cA,
    keyUsage: extensions.has(id_ce_keyUsage) ? parsed(id_ce_keyUsage, KeyUsage).toJSON() : [],
  };
}
