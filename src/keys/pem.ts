import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Secret } from '../domain/secret.ts';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;
const MARK = '-----';

/**
 * The certificates in a PEM text, of which the first is the process's own where it has a chain.
 * @throws Error where there is none, or one is broken or only half there
 */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  if (pem.replace(BLOCK, '').includes(MARK)) throw new Error('A block has no end.');
  const blocks = [...pem.matchAll(BLOCK)].filter(([, label]) => label === 'CERTIFICATE');
  if (blocks.length === 0) throw new Error('There is no certificate.');
  return blocks.map(([block]) => new X509Certificate(block));
}

/** Whether `key` is that of the first of `certificates`, both PEM. @throws Error where one is broken */
export function isPair(certificates: string, key: Secret): boolean {
  const [own] = certificatesIn(certificates);
  return own?.checkPrivateKey(createPrivateKey(key.reveal())) === true;
}

/** When the first of the certificates in a PEM text ends, milliseconds since the epoch. */
export function firstEnd(pem: string): number {
  return Math.min(...endsIn(pem));
}

/** And the last. */
export function lastEnd(pem: string): number {
  return Math.max(...endsIn(pem));
}

function endsIn(pem: string): readonly number[] {
  return certificatesIn(pem).map(({ validTo }) => Date.parse(validTo));
}
