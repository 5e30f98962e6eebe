import { z } from 'zod';
import { Secret } from '../domain/secret.ts';
import { duration } from './duration.ts';
import { type Environment, firstSet } from './environment.ts';
import { certificatesFile, isToken, type ReadFile, tokenFile } from './files.ts';
import { httpsOrigin } from './network-names.ts';
import { list, text, wholeNumber } from './scalars.ts';
import { optional, required, section, withDefault } from './setting.ts';

/** How Vault or OpenBao is reached. */
export interface VaultConfig {
  /** Origins of all nodes of one cluster. */
  readonly addresses: readonly string[];
  readonly mount: string;
  readonly configMount: string;
  readonly namespace?: string;
  readonly caPem?: string;
  readonly token: Secret;
  readonly requestTimeoutMs: number;
  readonly readRetries: number;
}

const TOKEN_VARIABLES = ['BAO_TOKEN', 'VAULT_TOKEN'];

/** The `vault` section. The token alone may come from the environment: it has no key of its own. */
export function vaultSection(readFile: ReadFile, env: Environment) {
  return section({
    addresses: required(list(httpsOrigin(), 16), {
      doc: 'Every node of the one cluster; the active one among them is found by itself.',
      fallbacks: ['BAO_ADDR', 'VAULT_ADDR'],
    }),
    mount: withDefault(mountPath(), {
      default: 'tokenvault',
      doc: 'KV v2 mount of the service, which alone writes there.',
    }),
    config_mount: withDefault(mountPath(), {
      default: 'tokenvault-config',
      doc: 'KV v2 mount of the operators, with the OAuth clients; the service only reads it.',
    }),
    namespace: optional(namespacePath(), {
      doc: 'Namespace of both mounts.',
      fallbacks: ['BAO_NAMESPACE', 'VAULT_NAMESPACE'],
    }),
    ca_file: optional(certificatesFile(readFile), {
      doc: 'Authorities that issued the certificates of Vault, PEM. Without it: those that Node knows.',
      file: 'public',
      fallbacks: ['BAO_CACERT', 'VAULT_CACERT'],
    }),
    auth: authSection(readFile, env),
    request_timeout: withDefault(duration('100ms', '60s'), {
      default: '2s',
      doc: 'A request to Vault is given up after this.',
    }),
    read_retries: withDefault(wholeNumber(0, 10), {
      default: 2,
      doc: 'How often a read is tried again; a write never is, without looking first.',
      unit: 'times',
    }),
  }).transform(
    (keys): VaultConfig => ({
      addresses: keys.addresses,
      mount: keys.mount,
      configMount: keys.config_mount,
      namespace: keys.namespace,
      caPem: keys.ca_file,
      token: keys.auth,
      requestTimeoutMs: keys.request_timeout,
      readRetries: keys.read_retries,
    }),
  );
}

/** The seam for other ways to log in. The token itself comes from a file or the environment. */
function authSection(readFile: ReadFile, env: Environment) {
  return section({
    token_file: optional(tokenFile(readFile), {
      doc: 'File with the token of the service. Without it, BAO_TOKEN or VAULT_TOKEN is the token.',
      reloads: true,
      file: 'secret',
      secretVariables: TOKEN_VARIABLES,
    }),
  }).transform((keys, context): Secret => {
    if (keys.token_file !== undefined) return keys.token_file;
    const token = firstSet(env, TOKEN_VARIABLES)?.value;
    if (token !== undefined && isToken(token)) return new Secret(token);
    context.addIssue({
      code: 'custom',
      path: ['token_file'],
      message: 'must name a file that holds the token, or VAULT_TOKEN must hold it',
    });
    return z.NEVER;
  });
}

/** The path of a KV mount, as a key or a flag names it. */
export function mountPath() {
  return text(
    /^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-]{1,64}){0,7}$/,
    'must be the path of a mount without a slash at either end, of letters, digits, - and _',
  );
}

function namespacePath() {
  return text(
    /^[A-Za-z0-9._-]{1,64}(\/[A-Za-z0-9._-]{1,64}){0,15}\/?$/,
    'must be the path of a namespace, such as team or team/part',
  );
}
