import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../src/client/connect.ts';
import { CodeSource, ExchangeCodeRequest } from '../src/client/messages.ts';
import { type DevCertificates, ensureDevCertificates } from '../src/dev/certificate-files.ts';
import { writeServiceConfig } from '../src/dev/dev-config.ts';
import { type DevVault, startDevVault } from '../src/dev/dev-vault.ts';
import {
  type GoogleStandIn,
  type StandInObserver,
  type StandInUser,
  startGoogleStandIn,
} from '../src/dev/google/stand-in.ts';
import { DRIVE, GET_ACCESS_TOKEN_PATH } from './load/call.ts';
import type { Target } from './load/load-connection.ts';
import type { ServerFiles } from './servers/server-files.ts';

export interface WorldOptions {
  /** Fresh and private; everything of the run is in it. */
  readonly directory: string;
  /** Where OpenBao is kept between runs. */
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Told in one line what takes time. */
  readonly report: (line: string) => void;
  /** Accounts at Google that are more than a name. */
  readonly users?: readonly StandInUser[];
  /** Told what Google is asked. */
  readonly observer?: StandInObserver;
}

/** As in the `client_secret_….json` of Google’s console. */
export const CLIENT = {
  client_id: 'bench.apps.googleusercontent.com',
  client_secret: 'GOCSPX-bench-client-secret',
  redirect_uris: ['http://127.0.0.1:8080/callback'],
};
const SIGN_IN_TIMEOUT_MS = 20_000;

/** What is outside TokenVault in the benchmark: a real OpenBao, the stand-in for Google, certificates. */
export interface World {
  readonly directory: string;
  readonly vault: DevVault;
  readonly google: GoogleStandIn;
  readonly certificates: DevCertificates;
  readonly configFile: string;
  /** What a server of the benchmark needs for mTLS. */
  readonly serverFiles: ServerFiles;
  /** A server on `port`, called as the service that works with the users' Drive. */
  target(port: number, path?: string): Promise<Target>;
  /** Connects users with the service on `port`, each by a code of a mobile app. */
  signIn(port: number, users: readonly string[]): Promise<void>;
}

export async function startWorld(
  { directory, cacheDir, env, report, users, observer }: WorldOptions,
  started: AsyncDisposableStack,
): Promise<World> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const certificates = await ensureDevCertificates(directory);
  const vault = await startDevVault({ directory, cacheDir, env, port: 0, report });
  started.defer(() => vault.openBao.stop());
  await vault.importClient({ web: CLIENT });
  const google = await startGoogleStandIn({
    clients: [{ clientId: CLIENT.client_id, clientSecrets: [CLIENT.client_secret] }],
    ...(users && { users }),
    ...(observer && { observer }),
  });
  started.defer(() => google.stop());
  await writeServiceConfig({
    directory,
    certificates,
    vaultAddress: vault.openBao.address,
    tokenFile: vault.tokenFile,
    googleUrl: google.url,
    port: 0,
  });
  const { caFile, server } = certificates;
  return {
    directory,
    vault,
    google,
    certificates,
    configFile: join(directory, 'tokenvault.yaml'),
    serverFiles: { caFile, ...server },
    target: (port, path = GET_ACCESS_TOKEN_PATH) => target(certificates, port, path),
    signIn: (port, users) => signIn({ certificates, google }, port, users),
  };
}

async function target(
  { caFile, clients }: DevCertificates,
  port: number,
  path: string,
): Promise<Target> {
  const { certFile, keyFile } = clients['drive-worker'];
  const ca = await readFile(caFile, 'utf8');
  const cert = await readFile(certFile, 'utf8');
  const key = await readFile(keyFile, 'utf8');
  return { port, path, ca, cert, key };
}

async function signIn(
  { certificates, google }: Pick<World, 'certificates' | 'google'>,
  port: number,
  users: readonly string[],
): Promise<void> {
  const { certFile, keyFile } = certificates.clients.gateway;
  const connection = connect({
    address: `localhost:${port}`,
    caPem: await readFile(certificates.caFile, 'utf8'),
    certPem: await readFile(certFile, 'utf8'),
    keyPem: await readFile(keyFile, 'utf8'),
  });
  const scopes = ['openid', 'email', 'profile', DRIVE];
  for (const sub of users) {
    const code = await google.mintCode({ clientId: CLIENT.client_id, sub, scopes });
    const codeSource = CodeSource.CODE_SOURCE_MOBILE;
    const request = ExchangeCodeRequest.fromPartial({ code, codeSource });
    await connection.exchangeCode(request, { timeoutMs: SIGN_IN_TIMEOUT_MS });
  }
  connection.close();
}
