// x509's dependency injection reads decorator metadata, so this import comes before it.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
const AUTHORITY_LIFE_MS = 365 * DAY_MS;
const LEAF_LIFE_MS = 30 * DAY_MS;
/** Certificates begin a little in the past, for clocks that lag. */
const BACKDATE_MS = 60_000;

/** A certificate and its private key (PKCS #8), both PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** What a leaf certificate says; tests make certificates with it that must be refused. */
export interface LeafOptions {
  readonly uris?: readonly string[];
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
  readonly clientAuth?: boolean;
  readonly serverAuth?: boolean;
  /** Calls itself an authority, which no leaf may. */
  readonly ca?: boolean;
  /** Life from now, milliseconds; a negative one is over already. Default: 30 days. */
  readonly lifeMs?: number;
}

/** A certificate authority for development and tests, never for production. */
export interface CertificateAuthority {
  /** PEM, to be trusted by the other side. */
  readonly cert: string;
  /** PEM (PKCS #8), so that the authority can be kept; see `loadCertificateAuthority`. */
  readonly key: string;
  /** For a server reached under these DNS names and IP addresses. */
  issueServer(names: readonly string[]): Promise<CertificatePair>;
  /** For a client whose one URI name is `spiffeId`. */
  issueClient(spiffeId: string): Promise<CertificatePair>;
  issue(options: LeafOptions): Promise<CertificatePair>;
}

/** Makes a new authority (EC P-256, one year) that calls itself `name`. */
export async function createCertificateAuthority(name: string): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [name] }],
      notBefore: new Date(now - BACKDATE_MS),
      notAfter: new Date(now + AUTHORITY_LIFE_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  return new Authority(certificate, keys.privateKey, await privateKeyPem(keys.privateKey));
}

/** The authority that was kept as `pair`. Rejects with what the parser finds wrong with it. */
export async function loadCertificateAuthority(
  pair: CertificatePair,
): Promise<CertificateAuthority> {
  const der = PemConverter.decodeFirst(pair.key);
  const privateKey = await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
  return new Authority(new X509Certificate(pair.cert), privateKey, pair.key);
}

class Authority implements CertificateAuthority {
  readonly cert: string;
  readonly key: string;
  readonly #certificate: X509Certificate;
  readonly #privateKey: webcrypto.CryptoKey;

  constructor(certificate: X509Certificate, privateKey: webcrypto.CryptoKey, key: string) {
    this.cert = `${certificate.toString('pem')}\n`;
    this.key = key;
    this.#certificate = certificate;
    this.#privateKey = privateKey;
  }

  issueServer(names: readonly string[]): Promise<CertificatePair> {
    return this.issue({
      dns: names.filter((name) => isIP(name) === 0),
      ips: names.filter((name) => isIP(name) !== 0),
      serverAuth: true,
    });
  }

  issueClient(spiffeId: string): Promise<CertificatePair> {
    return this.issue({ uris: [spiffeId], clientAuth: true });
  }

  async issue(options: LeafOptions): Promise<CertificatePair> {
    const keys = await generateKeys();
    const notAfter = Date.now() + (options.lifeMs ?? LEAF_LIFE_MS);
    const certificate = await X509CertificateGenerator.create(
      {
        subject: [{ CN: ['TokenVault development'] }],
        issuer: this.#certificate.subjectName,
        notBefore: new Date(Math.min(Date.now(), notAfter) - BACKDATE_MS),
        notAfter: new Date(notAfter),
        signingKey: this.#privateKey,
        publicKey: keys.publicKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          ...leafExtensions(options),
          await AuthorityKeyIdentifierExtension.create(this.#certificate, false, webcrypto),
        ],
      },
      webcrypto,
    );
    return {
      cert: `${certificate.toString('pem')}\n`,
      key: await privateKeyPem(keys.privateKey),
    };
  }
}

function leafExtensions(options: LeafOptions): Extension[] {
  const usages = [
    ...(options.serverAuth === true ? [ExtendedKeyUsage.serverAuth] : []),
    ...(options.clientAuth === true ? [ExtendedKeyUsage.clientAuth] : []),
  ];
  const names = [
    ...(options.uris ?? []).map((value) => ({ type: 'url' as const, value })),
    ...(options.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(options.ips ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const keyUsage =
    KeyUsageFlags.digitalSignature | (options.ca === true ? KeyUsageFlags.keyCertSign : 0);
  return [
    new BasicConstraintsExtension(options.ca === true, undefined, true),
    new KeyUsagesExtension(keyUsage, true),
    ...(usages.length > 0 ? [new ExtendedKeyUsageExtension(usages)] : []),
    ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
  ];
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${PemConverter.encode(der, PemConverter.PrivateKeyTag)}\n`;
}
