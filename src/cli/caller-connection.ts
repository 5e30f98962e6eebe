import { isIP } from 'node:net';
import { join } from 'node:path';
import type { ConnectOptions, ServerOptions, TokenConnectOptions } from '../client/connect.ts';
import { connectOperator, type OperatorConnection } from '../client/connect-operator.ts';
import { TokenVaultError } from '../client/token-vault-error.ts';
import { certificatesFile, isPair, privateKeyFile, tokenFile } from '../config/files.ts';
import { hostAndPort } from '../config/network-names.ts';
import { splitHostPort } from '../domain/host-port.ts';
import type { CliContext } from './cli-context.ts';
import { flagValue } from './flag-value.ts';
import { readOptionalFile } from './read-file.ts';
import { UsageError } from './usage-error.ts';

const VARIABLES = {
  address: 'TOKENVAULT_ADDRESS',
  ca: 'TOKENVAULT_CA_FILE',
  cert: 'TOKENVAULT_CERT_FILE',
  key: 'TOKENVAULT_KEY_FILE',
  jwt: 'TOKENVAULT_JWT_FILE',
} as const;

type Name = keyof typeof VARIABLES;
type Settings = Readonly<Partial<Record<Name, string>>>;

/** What is needed: with a certificate, or with a token. */
const WITH_CERTIFICATE = ['address', 'ca', 'cert', 'key'] as const;
const WITH_TOKEN = ['address', 'ca', 'jwt'] as const;

const namesOf = (settings: readonly Name[]) => settings.map((name) => VARIABLES[name]).join(', ');
const NEEDED = `${namesOf(WITH_CERTIFICATE)}, or ${namesOf(WITH_TOKEN)}`;

/** What `npm run dev` leaves for the operator of the development stack. */
const DEV_FOLDER = '.tokenvault/dev';
const DEV_FILES = {
  ca: join(DEV_FOLDER, 'ca.pem'),
  cert: join(DEV_FOLDER, 'operator.pem'),
  key: join(DEV_FOLDER, 'operator-key.pem'),
} as const;

/**
 * Connects as the variables `TOKENVAULT_*` say, for as long as `work` takes; where none of them is set,
 * as the operator of the development stack of this folder.
 * @throws UsageError naming what is missing or makes no sense; what `work` throws
 */
export async function asCaller(
  context: CliContext,
  work: (connection: OperatorConnection) => Promise<void>,
): Promise<void> {
  const settings = settingsOf(context);
  const isDevelopment = Object.keys(settings).length === 0;
  const options = isDevelopment
    ? withCertificate(context, devSettings(context))
    : connectOptions(context, settings);
  const connection = connectOperator(options);
  try {
    await work(connection);
  } catch (error) {
    // A stack that was killed leaves its address behind.
    if (
      isDevelopment &&
      error instanceof TokenVaultError &&
      error.connection === 'NOTHING_LISTENS'
    ) {
      throw new UsageError(
        'The development stack of this folder does not run: start it with `npm run dev`.',
      );
    }
    throw error;
  } finally {
    connection.close();
  }
}

function settingsOf({ env }: CliContext): Settings {
  const set = Object.entries(VARIABLES).filter(([, variable]) => env[variable]);
  return Object.fromEntries(set.map(([name, variable]) => [name, env[variable]]));
}

/** The address is there while the stack runs, and after it was killed. */
function devSettings(context: CliContext): Settings {
  const address = readOptionalFile(context, join(DEV_FOLDER, 'address'))?.trim();
  const isThere = (path: string) => readOptionalFile(context, path) !== undefined;
  if (address && Object.values(DEV_FILES).every(isThere)) return { address, ...DEV_FILES };
  throw new UsageError(
    `Say where TokenVault is and who calls: set ${NEEDED}, or start \`npm run dev\` in this folder.`,
  );
}

function connectOptions(context: CliContext, settings: Settings) {
  if (settings.jwt === undefined) return withCertificate(context, settings);
  if (settings.cert === undefined && settings.key === undefined)
    return withToken(context, settings);
  throw new UsageError(
    `${VARIABLES.jwt} is set beside ${VARIABLES.cert} or ${VARIABLES.key}: a caller shows a token or a certificate.`,
  );
}

function withCertificate(context: CliContext, settings: Settings): ConnectOptions {
  const { cert, key, ...server } = all(settings, WITH_CERTIFICATE);
  const { readFile } = context;
  const certPem = flagValue(named('cert', cert), cert, certificatesFile(readFile));
  const keyPem = flagValue(named('key', key), key, privateKeyFile(readFile));
  if (!isPair(certPem, keyPem)) {
    throw new UsageError(
      `${named('key', key)} must name the private key of the certificate in ${cert}.`,
    );
  }
  return { ...serverOptions(context, server), certPem, keyPem: keyPem.reveal() };
}

function withToken(context: CliContext, settings: Settings): TokenConnectOptions {
  const { jwt, ...server } = all(settings, WITH_TOKEN);
  const { token } = flagValue(named('jwt', jwt), jwt, tokenFile(context.readFile));
  return { ...serverOptions(context, server), bearerToken: () => token.reveal() };
}

/** @throws UsageError naming the first that is not set */
function all<Needed extends Name>(settings: Settings, names: readonly Needed[]) {
  const missing = names.find((name) => settings[name] === undefined);
  if (missing === undefined) return settings as Readonly<Record<Needed, string>>;
  throw new UsageError(`${VARIABLES[missing]} is not set: all of ${NEEDED} are needed.`);
}

function serverOptions(
  { readFile }: CliContext,
  { address, ca }: Readonly<Record<'address' | 'ca', string>>,
): ServerOptions {
  // TLS has no names for IP addresses, and the certificate is checked by name.
  if (
    isIP(splitHostPort(flagValue(named('address', address), address, hostAndPort())).host) !== 0
  ) {
    throw new UsageError(
      `${named('address', address)} is an IP address: use a host name that is in the certificate of TokenVault.`,
    );
  }
  return { address, caPem: flagValue(named('ca', ca), ca, certificatesFile(readFile)) };
}

function named(name: Name, value: string): string {
  return `${VARIABLES[name]} (${value})`;
}
