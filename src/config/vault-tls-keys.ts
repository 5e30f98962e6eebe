import { z } from 'zod';
import type { Secret } from '../domain/secret.ts';
import { isPair } from '../keys/pem.ts';
import { type Environment, firstSet } from './environment.ts';
import {
  certificatesFile,
  certificatesFolder,
  isCertificate,
  type ListFolder,
  privateKeyFile,
  type ReadFile,
} from './files.ts';
import { hostName } from './network-names.ts';
import { onOrOff } from './scalars.ts';
import { optional, withDefault } from './setting.ts';
import type { TlsPair } from './tls-keys.ts';

/** How Vault and the service know each other. */
export interface VaultTlsConfig {
  readonly caPem?: string | undefined;
  /** `caPem`, unless it is a folder’s: of the many authorities there, some have always ended. */
  readonly watchedCaPem?: string | undefined;
  readonly client?: TlsPair | undefined;
  readonly serverName?: string | undefined;
  readonly skipVerify: boolean;
}

const CA_VARIABLES = ['BAO_CACERT_BYTES', 'VAULT_CACERT_BYTES'];

/** Those keys of the section `vault` that are about TLS. */
export function vaultTlsKeys(readFile: ReadFile, listFolder: ListFolder) {
  return {
    ca_file: optional(certificatesFile(readFile), {
      doc: 'Authorities that issued the certificates of Vault, PEM. Without it: what BAO_CACERT_BYTES or VAULT_CACERT_BYTES holds, else `vault.ca_folder`, else those that Node knows.',
      reloads: true,
      file: 'public',
      fallbacks: ['BAO_CACERT', 'VAULT_CACERT'],
      secretVariables: CA_VARIABLES,
    }),
    ca_folder: optional(certificatesFolder(readFile, listFolder), {
      doc: 'Folder with files of such authorities.',
      fallbacks: ['BAO_CAPATH', 'VAULT_CAPATH'],
    }),
    client_cert_file: optional(certificatesFile(readFile), {
      doc: 'Certificate that the service shows Vault, with its chain, PEM.',
      reloads: true,
      file: 'public',
      fallbacks: ['BAO_CLIENT_CERT', 'VAULT_CLIENT_CERT'],
    }),
    client_key_file: optional(privateKeyFile(readFile), {
      doc: 'Private key of that certificate, PEM, readable by this process alone.',
      reloads: true,
      file: 'secret',
      fallbacks: ['BAO_CLIENT_KEY', 'VAULT_CLIENT_KEY'],
    }),
    server_name: optional(hostName(), {
      doc: 'The name in the certificates of Vault, where it is not the host of the address.',
      fallbacks: ['BAO_TLS_SERVER_NAME', 'VAULT_TLS_SERVER_NAME'],
    }),
    skip_verify: withDefault(onOrOff(), {
      default: false,
      doc: 'Takes any certificate of Vault, so that anybody in between can read every token: never in production. Logged as a warning at each start.',
      fallbacks: ['BAO_SKIP_VERIFY', 'VAULT_SKIP_VERIFY'],
    }),
  } as const;
}

interface TlsKeys {
  readonly ca_file?: string | undefined;
  readonly ca_folder?: string | undefined;
  readonly client_cert_file?: string | undefined;
  readonly client_key_file?: Secret | undefined;
  readonly server_name?: string | undefined;
  readonly skip_verify: boolean;
}

/** Adds a problem for each key that does not fit another one. */
export function vaultTlsOf(
  keys: TlsKeys,
  env: Environment,
  context: z.RefinementCtx,
): VaultTlsConfig {
  const { client_cert_file: cert, client_key_file: key } = keys;
  const watchedCaPem = keys.ca_file ?? caFromEnvironment(env, context);
  return {
    caPem: watchedCaPem ?? keys.ca_folder,
    watchedCaPem,
    client: clientPair(cert, key, context),
    serverName: keys.server_name,
    skipVerify: keys.skip_verify,
  };
}

function caFromEnvironment(env: Environment, context: z.RefinementCtx): string | undefined {
  const found = firstSet(env, CA_VARIABLES);
  if (found === undefined || isCertificate(found.value)) return found?.value;
  const message = `must name a file of PEM certificates, or ${found.name} must hold them; it holds something else`;
  context.addIssue({ code: 'custom', path: ['ca_file'], message });
  return z.NEVER;
}

function clientPair(
  cert: string | undefined,
  key: Secret | undefined,
  context: z.RefinementCtx,
): TlsPair | undefined {
  const problem = (name: string, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) {
    problem('client_cert_file', 'must name the certificate of the key in client_key_file');
  } else if (key === undefined) {
    problem('client_key_file', 'must name the private key of the certificate in client_cert_file');
  } else if (isPair(cert, key)) {
    return { cert, key };
  } else {
    problem('client_key_file', 'must name the private key of the certificate in client_cert_file');
  }
  return undefined;
}
