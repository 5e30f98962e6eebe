import { stringify } from 'yaml';
import type { Config } from '../../src/config/config-sections.ts';
import { createCertificateAuthority } from '../../src/dev/certificates.ts';

/** What a service's configuration file has to say. */
export const SERVER = {
  listen: {
    trust_domain: 'example.org',
    tls: { cert_file: 'server.pem', key_file: 'server-key.pem', client_ca_file: 'ca.pem' },
  },
  vault: { addresses: ['https://vault.example.com:8200'], auth: { token_file: 'token' } },
  policy: { file: 'policy.yaml' },
};

/** What a gateway's has to. */
export const GATEWAY = {
  gateway: {
    tls: { cert_file: 'server.pem', key_file: 'server-key.pem' },
    token_vault_address: 'tokenvault.example.com:50051',
    token_vault_tls: { ca_file: 'ca.pem', cert_file: 'client.pem', key_file: 'client-key.pem' },
  },
};

/** Every file that the two name, by name, beside the configuration itself. */
export async function configFiles(): Promise<Map<string, string>> {
  const authority = await createCertificateAuthority('test');
  const server = await authority.issueServer(['localhost']);
  const client = await authority.issueClient('spiffe://example.org/gateway');
  return new Map([
    ['token', 'hvs.canary-token\n'],
    [
      'policy.yaml',
      'callers: [{ spiffe_id: spiffe://example.org/worker, rpcs: [GetUser], users: all }]',
    ],
    ['ca.pem', authority.cert],
    ['server.pem', server.cert],
    ['server-key.pem', server.key],
    ['client.pem', client.cert],
    ['client-key.pem', client.key],
    ['tokenvault.yaml', stringify({ ...SERVER, ...GATEWAY })],
  ]);
}

/** Reads `files` as the system reads its own. */
export function readFrom(files: ReadonlyMap<string, string>) {
  return (path: string) => {
    const found = files.get(path);
    if (found !== undefined) return found;
    throw Object.assign(new Error(`no such file ${path}`), { code: 'ENOENT' });
  };
}

/** The token for Vault that a configuration holds. */
export function tokenIn({ vault }: Pick<Config, 'vault'>): string | undefined {
  return 'token' in vault.auth ? vault.auth.token.reveal() : undefined;
}
