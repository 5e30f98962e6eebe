import { isIP } from 'node:net';
import { join } from 'node:path';
import { type ConnectOptions, connect, type TokenVaultConnection } from '../client/connect.ts';
import { certificatesFile, isPair, privateKeyFile } from '../config/files.ts';
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
} as const;

type Settings = Readonly<Record<keyof typeof VARIABLES, string>>;

/** What `npm run dev` leaves for the operator of the development stack. */
const DEV_FOLDER = '.tokenvault/dev';
const DEV_FILES = {
  ca: join(DEV_FOLDER, 'ca.pem'),
  cert: join(DEV_FOLDER, 'operator.pem'),
  key: join(DEV_FOLDER, 'operator-key.pem'),
} as const;

export interface Callee {
  readonly connection: TokenVaultConnection;
  /** Whether it is the development stack of this folder. */
  readonly isDevelopment: boolean;
}

/**
 * Connects as the variables `TOKENVAULT_*` say; where none of them is set, as the operator of the
 * development stack of this folder.
 * @throws UsageError naming what is missing or makes no sense
 */
export function connectAsCaller(context: CliContext): Callee {
  const isDevelopment = Object.values(VARIABLES).every((name) => !context.env[name]);
  const settings = isDevelopment ? devSettings(context) : settingsOf(context);
  return { connection: connect(connectOptions(context, settings)), isDevelopment };
}

function settingsOf({ env }: CliContext): Settings {
  const valueIn = (name: string) => {
    const value = env[name];
    if (value) return value;
    throw new UsageError(
      `${name} is not set: all of ${Object.values(VARIABLES).join(', ')} are needed.`,
    );
  };
  return {
    address: valueIn(VARIABLES.address),
    ca: valueIn(VARIABLES.ca),
    cert: valueIn(VARIABLES.cert),
    key: valueIn(VARIABLES.key),
  };
}

/** The address is there while the stack runs, and after it was killed. */
function devSettings(context: CliContext): Settings {
  const address = readOptionalFile(context, join(DEV_FOLDER, 'address'))?.trim();
  const isThere = (path: string) => readOptionalFile(context, path) !== undefined;
  if (address && Object.values(DEV_FILES).every(isThere)) return { address, ...DEV_FILES };
  throw new UsageError(
    `Say where TokenVault is and who calls: set ${Object.values(VARIABLES).join(', ')}, or start \`npm run dev\` in this folder.`,
  );
}

function connectOptions({ readFile }: CliContext, settings: Settings): ConnectOptions {
  const { address, ca, cert, key } = settings;
  const named = (setting: keyof Settings) => `${VARIABLES[setting]} (${settings[setting]})`;
  const certPem = flagValue(named('cert'), cert, certificatesFile(readFile));
  const keyPem = flagValue(named('key'), key, privateKeyFile(readFile));
  if (!isPair(certPem, keyPem)) {
    throw new UsageError(
      `${named('key')} must name the private key of the certificate in ${cert}.`,
    );
  }
  // TLS has no names for IP addresses, and the certificate is checked by name.
  if (isIP(splitHostPort(flagValue(named('address'), address, hostAndPort())).host) !== 0) {
    throw new UsageError(
      `${named('address')} is an IP address: use a host name that is in the certificate of TokenVault.`,
    );
  }
  return {
    address,
    caPem: flagValue(named('ca'), ca, certificatesFile(readFile)),
    certPem,
    keyPem: keyPem.reveal(),
  };
}
