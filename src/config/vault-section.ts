import type { VaultAuth } from '../domain/vault-auth.ts';
import { duration } from './duration.ts';
import { mountPath } from './mount-path.ts';
import { httpsOrigin } from './network-names.ts';
import { list, text, wholeNumber } from './scalars.ts';
import type { SchemaInputs } from './schema-inputs.ts';
import { optional, required, section, withDefault } from './setting.ts';
import { vaultAuthSection } from './vault-auth-section.ts';
import { type VaultTlsConfig, vaultTlsKeys, vaultTlsOf } from './vault-tls-keys.ts';

/** How Vault or OpenBao is reached. */
export interface VaultConfig {
  /** Origins of all nodes of one cluster. */
  readonly addresses: readonly string[];
  readonly mount: string;
  readonly configMount: string;
  readonly namespace?: string;
  readonly tls: VaultTlsConfig;
  readonly auth: VaultAuth;
  readonly requestTimeoutMs: number;
  readonly readRetries: number;
}

/** The `vault` section. */
export function vaultSection({ readFile, listFolder, env }: SchemaInputs) {
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
    ...vaultTlsKeys(readFile, listFolder),
    auth: vaultAuthSection(readFile, env),
    request_timeout: withDefault(duration('100ms', '60s'), {
      default: '2s',
      doc: 'A request to Vault is given up after this.',
      fallbacks: ['BAO_CLIENT_TIMEOUT', 'VAULT_CLIENT_TIMEOUT'],
    }),
    read_retries: withDefault(wholeNumber(0, 10), {
      default: 2,
      doc: 'How often a read is tried again; a write never is, without looking first.',
      unit: 'times',
    }),
  }).transform((keys, context): VaultConfig => {
    const tls = vaultTlsOf(keys, env, context);
    if (keys.auth.method === 'cert' && tls.client === undefined) {
      const message = 'must name the certificate that vault.auth.cert logs in with';
      context.addIssue({ code: 'custom', path: ['client_cert_file'], message });
    }
    return {
      addresses: keys.addresses,
      mount: keys.mount,
      configMount: keys.config_mount,
      namespace: keys.namespace,
      tls,
      auth: keys.auth,
      requestTimeoutMs: keys.request_timeout,
      readRetries: keys.read_retries,
    };
  });
}

function namespacePath() {
  return text(
    /^[A-Za-z0-9._-]{1,64}(\/[A-Za-z0-9._-]{1,64}){0,15}\/?$/,
    'must be the path of a namespace, such as team or team/part',
  );
}
