import type { z } from 'zod';
import type { Secret } from '../domain/secret.ts';
import { isPair } from '../keys/pem.ts';
import { certificatesFile, privateKeyFile, type ReadFile } from './files.ts';
import { required } from './setting.ts';

/** Who a process is in TLS. */
export interface TlsPair {
  /** PEM, with the chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: Secret;
}

/** The keys `cert_file` and `key_file`; `checkPair` says whether they belong together. */
export function tlsKeys(readFile: ReadFile) {
  return {
    cert_file: required(certificatesFile(readFile), {
      doc: 'Certificate of this process with its chain, PEM.',
      file: 'public',
      reloads: true,
    }),
    key_file: required(privateKeyFile(readFile), {
      doc: 'Private key of that certificate, PEM, readable by this process alone.',
      file: 'secret',
      reloads: true,
    }),
  };
}

/** For the section's refinement: adds a problem where key and certificate do not match. */
export function checkPair(
  files: { readonly cert_file: string; readonly key_file: Secret },
  context: z.RefinementCtx,
): void {
  if (isPair(files.cert_file, files.key_file)) return;
  context.addIssue({
    code: 'custom',
    path: ['key_file'],
    message: 'must name the private key of the certificate in cert_file',
  });
}

/** Whether both are the same certificate and key. */
export function samePair(one: TlsPair, other: TlsPair): boolean {
  return one.cert === other.cert && one.key.equals(other.key);
}
