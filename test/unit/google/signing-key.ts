import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type JWTPayload, SignJWT } from 'jose';

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
};

/** One of Google's signing keys. */
export interface SigningKey {
  readonly keyId: string;
  /** An X.509 certificate, as Google serves it. */
  readonly pem: string;
  /** A signed ID token of these claims, and the usual ones where they are not given. */
  idToken(claims?: JWTPayload): Promise<string>;
}

export async function makeSigningKey(keyId: string, modulusLength = 2048): Promise<SigningKey> {
  const keys = await webcrypto.subtle.generateKey({ ...RSA, modulusLength }, true, [
    'sign',
    'verify',
  ]);
  x509.cryptoProvider.set(webcrypto);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=federated-signon.example',
    signingAlgorithm: RSA,
    keys,
  });
  return {
    keyId,
    pem: certificate.toString('pem'),
    idToken: (claims = {}) =>
      new SignJWT({ ...usualClaims(), ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: keyId, typ: 'JWT' })
        .sign(keys.privateKey),
  };
}

/** The body of the certs endpoint. */
export function certsBody(...keys: readonly SigningKey[]): Readonly<Record<string, string>> {
  return Object.fromEntries(keys.map((key) => [key.keyId, key.pem]));
}

export function seconds(fromNow: number): number {
  return Math.floor(Date.now() / 1_000) + fromNow;
}

function usualClaims(): JWTPayload {
  return {
    iss: 'https://accounts.google.com',
    aud: 'client.example',
    sub: '110169484474386276334',
    iat: seconds(0),
    exp: seconds(3_600),
  };
}
