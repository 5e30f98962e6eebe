// x509's dependency injection reads decorator metadata, so this import comes before it.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityInfoAccessExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { CertificatePair } from '../../src/dev/certificates.ts';

export { AuthorityInfoAccessExtension, KeyUsageFlags, SubjectAlternativeNameExtension };

const HOUR_MS = 3_600_000;
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const AUTHORITY = [
  new BasicConstraintsExtension(true, undefined, true),
  new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
];

/** A certificate that no proper authority issues. The defaults make a proper one for clients. */
export interface OddCertificate {
  readonly subject?: string;
  readonly names?: readonly JsonGeneralName[];
  /** Several of them for names that stand twice. */
  readonly extensions?: readonly Extension[];
  /** Undefined: says nothing of it. */
  readonly keyUsage?: KeyUsageFlags | undefined;
  readonly ca?: boolean;
  /** From now on, milliseconds. */
  readonly startsMs?: number;
  readonly endsMs?: number;
  /** Of its own key. Default: EC P-256. */
  readonly rsaBits?: number;
  /** Of its issuer's signature. Default: SHA-256. */
  readonly hash?: 'SHA-1' | 'SHA-256';
}

/** Somebody who signs whatever they are told to. */
export class OddAuthority {
  /** PEM. */
  readonly cert: string;
  readonly #name: string;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(name: string, keys: webcrypto.CryptoKeyPair, cert: string) {
    this.#name = name;
    this.#keys = keys;
    this.cert = cert;
  }

  static async create(name = 'CN=odd root'): Promise<OddAuthority> {
    const keys = await generate(EC);
    const root = new OddAuthority(name, keys, '');
    return new OddAuthority(name, keys, await root.#sign(name, keys, { extensions: AUTHORITY }));
  }

  /** A certificate that vouches for itself. */
  static async selfSigned(odd: OddCertificate): Promise<CertificatePair> {
    const { subject = 'CN=odd' } = odd;
    const keys = await generate(EC);
    const self = new OddAuthority(subject, keys, '');
    return { cert: await self.#sign(subject, keys, leaf(odd)), key: await pem(keys.privateKey) };
  }

  /** An authority below this one. */
  async intermediate(name: string): Promise<OddAuthority> {
    const keys = await generate(EC);
    return new OddAuthority(name, keys, await this.#sign(name, keys, { extensions: AUTHORITY }));
  }

  async issue(odd: OddCertificate): Promise<CertificatePair> {
    const { rsaBits, subject = 'CN=odd' } = odd;
    const keys = await generate(rsaBits === undefined ? EC : rsa(rsaBits));
    return { cert: await this.#sign(subject, keys, leaf(odd)), key: await pem(keys.privateKey) };
  }

  async #sign(
    subject: string,
    { publicKey }: webcrypto.CryptoKeyPair,
    odd: OddCertificate,
  ): Promise<string> {
    const { startsMs = -HOUR_MS, endsMs = HOUR_MS, hash = 'SHA-256', extensions = [] } = odd;
    const certificate = await X509CertificateGenerator.create(
      {
        subject,
        issuer: this.#name,
        notBefore: new Date(Date.now() + startsMs),
        notAfter: new Date(Date.now() + endsMs),
        signingKey: this.#keys.privateKey,
        publicKey,
        signingAlgorithm: { ...EC, hash },
        extensions: [...extensions],
      },
      webcrypto,
    );
    return `${certificate.toString('pem')}\n`;
  }
}

function leaf(odd: OddCertificate): OddCertificate {
  const keyUsage = 'keyUsage' in odd ? odd.keyUsage : KeyUsageFlags.digitalSignature;
  return {
    ...odd,
    extensions: [
      new BasicConstraintsExtension(odd.ca === true, undefined, true),
      ...(keyUsage === undefined ? [] : [new KeyUsagesExtension(keyUsage, true)]),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      ...(odd.names === undefined ? [] : [new SubjectAlternativeNameExtension([...odd.names])]),
      ...(odd.extensions ?? []),
    ],
  };
}

function rsa(modulusLength: number) {
  const publicExponent = new Uint8Array([1, 0, 1]);
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent, hash: 'SHA-256' };
}

async function generate(algorithm: typeof EC | ReturnType<typeof rsa>) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return keys as webcrypto.CryptoKeyPair;
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${PemConverter.encode(der, PemConverter.PrivateKeyTag)}\n`;
}
