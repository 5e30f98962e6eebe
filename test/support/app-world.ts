import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TokenVaultConnection } from '../../src/client/connect.ts';
import {
  type DevCaller,
  type DevCertificates,
  ensureDevCertificates,
} from '../../src/dev/certificate-files.ts';
import { writeServiceConfig } from '../../src/dev/dev-config.ts';
import {
  type GoogleStandIn,
  type StandInObserver,
  startGoogleStandIn,
} from '../../src/dev/google/stand-in.ts';
import type { RevocationSettings } from '../../src/domain/revocation-store.ts';
import type { Secret } from '../../src/domain/secret.ts';
import { importOAuthClient } from '../../src/vault/admin/oauth-client-import.ts';
import { servicePolicy } from '../../src/vault/admin/policies.ts';
import type { VaultClient } from '../../src/vault/vault-client.ts';
import { freshMounts, type Mounts, rootClient, type Server, sharedServer } from './openbao.ts';
import { tokenWith } from './service-token.ts';
import { WireTap } from './wire-tap.ts';

/** Aliases of the OAuth clients in every world; each may be broken without the others. */
export const ALIASES = ['default', 'second', 'third', 'fourth'] as const;
export type Alias = (typeof ALIASES)[number];

export interface WorldClient {
  readonly clientId: string;
  readonly secret: string;
}

export interface WorldOptions {
  /** Default: the Vault that all tests share. */
  readonly server?: Server;
  readonly settings?: Partial<RevocationSettings>;
  /** Configuration by dotted key, beside what the world itself needs. */
  readonly set?: Readonly<Record<string, string>>;
  /** Told what Google is asked. */
  readonly observer?: StandInObserver;
}

/** Everything outside TokenVault: Vault with mounts of its own, Google, certificates, configuration. */
export interface AppWorld {
  readonly google: GoogleStandIn;
  /** Between TokenVault and Google. */
  readonly googleTap: WireTap;
  readonly clients: Readonly<Record<Alias, WorldClient>>;
  readonly server: Server;
  readonly mounts: Mounts;
  /** An operator's, past TokenVault. */
  readonly root: VaultClient;
  readonly serviceToken: Secret;
  /** Holds it. */
  readonly tokenFile: string;
  readonly certificates: DevCertificates;
  readonly configFile: string;
  /** What the file does not say; for `loadConfig`, or `--set`. */
  readonly flags: Readonly<Record<string, string>>;
  /** TokenVault on this port of loopback, called with the certificate of `caller`. */
  connectAs(caller: DevCaller, port: number): TokenVaultConnection;
  close(): Promise<void>;
}

export async function startWorld(options: WorldOptions = {}): Promise<AppWorld> {
  const { server = sharedServer() } = options;
  const directory = await mkdtemp(join(tmpdir(), 'tokenvault-world-'));
  const root = rootClient(server);
  const clients = Object.fromEntries(ALIASES.map((alias) => [alias, madeUpClient(alias)]));
  const inGoogle = Object.values(clients).map(({ clientId, secret }) => ({
    clientId,
    clientSecrets: [secret],
  }));
  const [certificates, google, vault] = await Promise.all([
    ensureDevCertificates(directory),
    startGoogleStandIn({
      clients: inGoogle,
      ...(options.observer && { observer: options.observer }),
    }),
    prepareVault(root, clients, options.settings),
  ]);
  const googleTap = await WireTap.start(google.url);
  const tokenFile = join(directory, 'service-token');
  await writeFile(tokenFile, vault.serviceToken.reveal(), { mode: 0o600 });
  await writeServiceConfig({
    directory,
    oauthClients: ALIASES,
    certificates,
    vaultAddress: server.address,
    tokenFile,
    googleUrl: googleTap.url,
    port: 0,
  });
  const { mounts } = vault;
  return {
    ...vault,
    google,
    googleTap,
    // Made from ALIASES above.
    clients: clients as Record<Alias, WorldClient>,
    server,
    root,
    certificates,
    tokenFile,
    configFile: join(directory, 'tokenvault.yaml'),
    flags: {
      'vault.mount': mounts.mount,
      'vault.config_mount': mounts.configMount,
      'log.level': 'debug',
      'ops.address': '127.0.0.1:0',
      ...options.set,
    },
    connectAs: (caller, port) => connect(dial(certificates, caller, port)),
    close: async () => {
      await googleTap.close();
      await google.stop();
      await rm(directory, { recursive: true, force: true });
      // The mounts of a server of its own go with that, in whatever state it is.
      for (const mount of options.server === undefined ? Object.values(mounts) : []) {
        await root.delete(`sys/mounts/${mount}`);
      }
      await root.close();
    },
  };
}

/** What a caller needs to dial TokenVault. */
export function dial({ caFile, clients }: DevCertificates, caller: DevCaller, port: number) {
  const { certFile, keyFile } = clients[caller];
  return {
    address: `localhost:${port}`,
    caPem: readFileSync(caFile, 'utf8'),
    certPem: readFileSync(certFile, 'utf8'),
    keyPem: readFileSync(keyFile, 'utf8'),
  };
}

function madeUpClient(alias: string): WorldClient {
  return {
    clientId: `${alias}.apps.googleusercontent.com`,
    secret: `GOCSPX-${randomBytes(14).toString('hex')}`,
  };
}

async function prepareVault(
  root: VaultClient,
  clients: Readonly<Record<string, WorldClient>>,
  settings: Partial<RevocationSettings> | undefined,
) {
  const mounts = await freshMounts(root, settings);
  for (const [alias, { clientId, secret }] of Object.entries(clients)) {
    await importOAuthClient(root, {
      configMount: mounts.configMount,
      alias,
      file: JSON.stringify({ web: { client_id: clientId, client_secret: secret } }),
      sources: ['mobile'],
    });
  }
  return { mounts, serviceToken: await tokenWith(root, servicePolicy(mounts)) };
}
