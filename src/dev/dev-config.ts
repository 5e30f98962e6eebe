import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Config, GatewayConfig } from '../config/config-sections.ts';
import { loadConfig, loadGatewayConfig } from '../config/load-config.ts';
import { RPC_NAMES, type RpcName } from '../domain/rpc-name.ts';
import {
  DEV_TRUST_DOMAIN,
  type DevCaller,
  type DevCertificates,
  devSpiffeId,
} from './certificate-files.ts';
import { LOGIN_TERMS } from './company-login.ts';

export interface ServiceParts {
  readonly directory: string;
  readonly certificates: DevCertificates;
  readonly vaultAddress: string;
  readonly tokenFile: string;
  readonly googleUrl: string;
  readonly port: number;
  /** What callers may use. Default: the client `default`. */
  readonly oauthClients?: readonly string[];
}

export interface GatewayParts {
  readonly directory: string;
  readonly certificates: DevCertificates;
  readonly tokenVaultPort: number;
  readonly port: number;
  /** The keys of the company's login. Default: there is no login. */
  readonly jwksFile?: string;
}

const readFile = (path: string) => readFileSync(path, 'utf8');

/** Beside the configuration. */
export const AUDIT_FILE = 'audit.log';
export const SERVICE_CONFIG_FILE = 'tokenvault.yaml';

const SIGN_IN_SCOPES = ['openid', 'email', 'profile'];
const DRIVE_SCOPES = ['drive', 'drive.appdata', 'drive.file', 'drive.readonly'];
const OTHER_SCOPES = [
  'calendar',
  'calendar.readonly',
  'gmail.modify',
  'gmail.readonly',
  'gmail.send',
];

/** Who may call what in development: each caller only what its job needs. */
export const DEV_RPCS: Readonly<Record<DevCaller, readonly RpcName[]>> = {
  gateway: ['ExchangeCode'],
  'drive-worker': ['GetAccessToken', 'BatchGetAccessTokens', 'GetUser'],
  'account-service': ['RevokeUser', 'GetUser'],
  operator: RPC_NAMES,
};

function devPolicy(oauthClients: readonly string[]) {
  // The benchmark and the tests take all that there is.
  const everybody = { users: 'all', requests_per_second: 1_000_000 };
  const entry = (caller: DevCaller, rights: object) => ({
    spiffe_id: devSpiffeId(caller),
    rpcs: DEV_RPCS[caller],
    ...rights,
    ...everybody,
  });
  return {
    callers: [
      entry('gateway', { oauth_clients: oauthClients }),
      entry('drive-worker', {
        oauth_clients: oauthClients,
        max_scopes: [...SIGN_IN_SCOPES, ...DRIVE_SCOPES],
      }),
      entry('account-service', {}),
      entry('operator', {
        oauth_clients: oauthClients,
        max_scopes: [...SIGN_IN_SCOPES, ...DRIVE_SCOPES, ...OTHER_SCOPES],
      }),
    ],
  };
}

/** Writes the service's configuration as an operator would, and reads it as the service does. */
export async function writeServiceConfig(parts: ServiceParts): Promise<Config> {
  const { certificates, directory, googleUrl, oauthClients = ['default'] } = parts;
  const policyFile = join(directory, 'policy.yaml');
  await writeFile(policyFile, stringify(devPolicy(oauthClients), { aliasDuplicateObjects: false }));
  const file = join(directory, SERVICE_CONFIG_FILE);
  const config = {
    listen: {
      address: `localhost:${parts.port}`,
      trust_domain: DEV_TRUST_DOMAIN,
      tls: {
        cert_file: certificates.server.certFile,
        key_file: certificates.server.keyFile,
        client_ca_file: certificates.caFile,
      },
    },
    vault: { addresses: [parts.vaultAddress], auth: { token_file: parts.tokenFile } },
    google: {
      token_url: `${googleUrl}/token`,
      revoke_url: `${googleUrl}/revoke`,
      certs_url: `${googleUrl}/oauth2/v1/certs`,
    },
    policy: { file: policyFile },
    audit: { file: join(directory, AUDIT_FILE) },
  };
  await writeFile(file, stringify(config));
  return loadConfig({ file, env: {}, readFile });
}

/** The gateway's configuration, likewise. */
export async function writeGatewayConfig(parts: GatewayParts): Promise<GatewayConfig> {
  const { certificates, directory, jwksFile } = parts;
  const file = join(directory, 'gateway.yaml');
  const config = {
    gateway: {
      address: `localhost:${parts.port}`,
      tls: {
        cert_file: certificates.gatewayServer.certFile,
        key_file: certificates.gatewayServer.keyFile,
      },
      token_vault_address: `localhost:${parts.tokenVaultPort}`,
      token_vault_tls: {
        ca_file: certificates.caFile,
        cert_file: certificates.clients.gateway.certFile,
        key_file: certificates.clients.gateway.keyFile,
      },
      ...(jwksFile === undefined ? {} : { login_jwt: { ...LOGIN_TERMS, jwks_file: jwksFile } }),
    },
  };
  await writeFile(file, stringify(config));
  return loadGatewayConfig({ file, env: {}, readFile });
}
