import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../src/dev/certificates.ts';
import { type GoogleStandIn, startGoogleStandIn } from '../../src/dev/google/stand-in.ts';
import type { Secret } from '../../src/domain/secret.ts';
import { importOAuthClient } from '../../src/vault/admin/oauth-client-import.ts';
import { type Policy, servicePolicy } from '../../src/vault/admin/policies.ts';
import type { VaultClient } from '../../src/vault/vault-client.ts';
import { type TerminalOptions, typeCommand } from './cli-terminal.ts';
import { freshMounts, type Mounts, rootClient, sharedServer } from './openbao.ts';
import { tokenWith } from './service-token.ts';

export const CLIENT_ID = 'web.apps.googleusercontent.com';
export const CLIENT_SECRET = 'GOCSPX-planted-secret-1111';

const POLICY = {
  callers: [
    {
      spiffe_id: 'spiffe://example.org/gateway',
      rpcs: ['ExchangeCode', 'GetAccessToken'],
      oauth_clients: ['default'],
      max_scopes: ['openid'],
      users: 'all',
    },
    { spiffe_id: 'spiffe://example.org/account', rpcs: ['RevokeUser', 'GetUser'], users: 'all' },
  ],
};

/** What `tokenvault doctor --json` prints. */
export interface Examined {
  readonly exitCode: number;
  readonly findings: readonly {
    readonly id: string;
    readonly area: string;
    readonly severity: string;
    readonly about: string | null;
    readonly text: string;
    readonly remedy: string | null;
  }[];
}

/** An installation of which nothing is wrong, until a test plants something. */
export class DoctorSystem {
  readonly google: GoogleStandIn;
  readonly authority: CertificateAuthority;
  readonly folder: string;
  mounts: Mounts = { mount: '', configMount: '' };
  /** As the files of the machine; `tokenvault.yaml` is made of `keys`. */
  files: Record<string, string> = {};
  /** Of the configuration, by dotted key. */
  keys: Record<string, unknown> = {};
  #good: Record<string, string> = {};
  readonly #root: VaultClient = rootClient();
  /** Whether somebody may have changed something in Vault. */
  #isTouched = true;
  #token = '';
  readonly #made: string[] = [];

  private constructor(google: GoogleStandIn, authority: CertificateAuthority, folder: string) {
    this.google = google;
    this.authority = authority;
    this.folder = folder;
  }

  static async start(): Promise<DoctorSystem> {
    const [google, authority, folder] = await Promise.all([
      startGoogleStandIn({ clients: [{ clientId: CLIENT_ID, clientSecrets: [CLIENT_SECRET] }] }),
      createCertificateAuthority('test'),
      mkdtemp(join(tmpdir(), 'tokenvault-doctor-')),
    ]);
    const system = new DoctorSystem(google, authority, folder);
    const server = await authority.issueServer(['tokenvault.example.org']);
    system.#good = {
      'server.pem': server.cert,
      'server-key.pem': server.key,
      'ca.pem': authority.cert,
      'policy.yaml': stringify(POLICY),
    };
    return system;
  }

  /** An operator's. Mounts that were reached by it are not used again. */
  get root(): VaultClient {
    this.#isTouched = true;
    return this.#root;
  }

  /** Everything good again. */
  async heal(): Promise<void> {
    if (this.#isTouched) await this.#makeMounts();
    const { mounts } = this;
    this.google.faults.clear();
    this.google.requests.clear();
    this.google.setClientSecrets(CLIENT_ID, [CLIENT_SECRET]);
    this.files = { ...this.#good, token: this.#token };
    this.keys = {
      'listen.address': '0.0.0.0:50051',
      'listen.trust_domain': 'example.org',
      'listen.tls.cert_file': 'server.pem',
      'listen.tls.key_file': 'server-key.pem',
      'listen.tls.client_ca_file': 'ca.pem',
      'vault.addresses': sharedServer().address,
      // So that a loaded machine is not a fault.
      'vault.request_timeout': '5s',
      'vault.mount': mounts.mount,
      'vault.config_mount': mounts.configMount,
      'vault.auth.token_file': 'token',
      'google.token_url': `${this.google.url}/token`,
      'google.revoke_url': `${this.google.url}/revoke`,
      'google.certs_url': `${this.google.url}/oauth2/v1/certs`,
      'policy.file': 'policy.yaml',
      'audit.file': join(this.folder, 'audit.log'),
    };
  }

  async #makeMounts(): Promise<void> {
    this.mounts = await freshMounts(this.#root);
    this.#made.push(this.mounts.mount, this.mounts.configMount);
    const [token] = await Promise.all([
      this.tokenWith(servicePolicy(this.mounts)),
      this.importClient(),
    ]);
    this.#token = token.reveal();
    this.#isTouched = false;
  }

  /** A token that holds `policy` under a name of its own. */
  tokenWith(policy: Policy): Promise<Secret> {
    return tokenWith(this.root, { ...policy, name: `${policy.name}-doctor` });
  }

  importClient(clientSecret = CLIENT_SECRET): Promise<unknown> {
    return importOAuthClient(this.root, {
      configMount: this.mounts.configMount,
      alias: 'default',
      file: JSON.stringify({ web: { client_id: CLIENT_ID, client_secret: clientSecret } }),
      sources: ['mobile'],
    });
  }

  /** Writes fields as `vault kv put` does. */
  async put(mount: string, path: string, data: object): Promise<void> {
    const { body } = await this.root.read(`${mount}/metadata/${path}`);
    const cas: unknown = Object(Object(body).data).current_version ?? 0;
    await this.root.write(`${mount}/data/${path}`, { data, options: { cas } });
  }

  /** Types `tokenvault doctor` as the operator would. */
  type(args: readonly string[] = [], options: TerminalOptions = {}) {
    const set = Object.entries(this.keys).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    return typeCommand(['doctor', ...set, ...args], { files: this.files, ...options });
  }

  async examine(options: TerminalOptions = {}): Promise<Examined> {
    const { exitCode, stdout } = await this.type(['--json'], options);
    return { exitCode, findings: JSON.parse(stdout.join('\n')).findings };
  }

  async close(): Promise<void> {
    for (const mount of this.#made) await this.#root.delete(`sys/mounts/${mount}`);
    await this.#root.close();
    await this.google.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
