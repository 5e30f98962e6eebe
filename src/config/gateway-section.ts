import type { Secret } from '../domain/secret.ts';
import { type EdgeConfig, edgeConfig, edgeKeys } from './edge-keys.ts';
import { certificatesFile, type ReadFile } from './files.ts';
import { type LoginJwtConfig, loginJwtSection } from './login-jwt-section.ts';
import { hostAndPort, hostName } from './network-names.ts';
import { OAUTH_CLIENT } from './policy-schema.ts';
import { list, text } from './scalars.ts';
import { optional, required, section, withDefault } from './setting.ts';
import { checkPair, type TlsPair, tlsKeys } from './tls-keys.ts';

/** As many as the client takes. */
const MOST_ADDRESSES = 16;

/** Where the gateway listens for apps, and how it reaches TokenVault. */
export interface GatewaySection extends EdgeConfig {
  readonly address: string;
  /** For probes and scrapers. */
  readonly opsAddress: string;
  readonly tls: TlsPair;
  /** The alias of the OAuth client that codes are exchanged for. */
  readonly oauthClient: string;
  readonly tokenVault: {
    readonly addresses: readonly string[];
    readonly caPem: string;
    readonly certPem: string;
    readonly keyPem: Secret;
    readonly serverName?: string;
  };
  /** Without it, nobody says whose code it is that comes. */
  readonly login?: LoginJwtConfig | undefined;
}

/** The `gateway` section. */
export function gatewaySection(readFile: ReadFile) {
  return section({
    address: withDefault(hostAndPort(), {
      default: '0.0.0.0:8443',
      doc: 'Where the gateway listens for apps, over HTTPS.',
    }),
    ops_address: withDefault(hostAndPort(), {
      default: '127.0.0.1:9465',
      doc: 'Where the gateway answers /livez, /readyz and /metrics, as `ops.address` does for the service.',
    }),
    tls: section(tlsKeys(readFile)).superRefine(checkPair),
    token_vault_address: required(list(hostAndPort(), MOST_ADDRESSES), {
      doc: 'TokenVault, by a name that its certificate carries; several replicas as a list, or with commas between.',
    }),
    token_vault_tls: section({
      ca_file: required(certificatesFile(readFile), {
        doc: 'Authorities that issued the certificate of TokenVault, PEM.',
        file: 'public',
        reloads: true,
      }),
      ...tlsKeys(readFile),
    }).superRefine(checkPair),
    server_name: optional(hostName(), {
      doc: 'The name in the certificate of TokenVault, where it is not the host dialled.',
    }),
    oauth_client: withDefault(text(OAUTH_CLIENT, 'must be an alias, such as default'), {
      default: 'default',
      doc: 'The OAuth client in Vault for which codes are exchanged, by its alias.',
    }),
    ...edgeKeys(),
    login_jwt: loginJwtSection(readFile),
  }).transform(
    (keys): GatewaySection => ({
      address: keys.address,
      opsAddress: keys.ops_address,
      tls: { cert: keys.tls.cert_file, key: keys.tls.key_file },
      oauthClient: keys.oauth_client,
      tokenVault: {
        addresses: keys.token_vault_address,
        caPem: keys.token_vault_tls.ca_file,
        certPem: keys.token_vault_tls.cert_file,
        keyPem: keys.token_vault_tls.key_file,
        serverName: keys.server_name,
      },
      ...edgeConfig(keys),
      login: keys.login_jwt,
    }),
  );
}
