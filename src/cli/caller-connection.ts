import { join } from 'node:path';
import { type ConnectOptions, connect, type TokenVaultConnection } from '../client/connect.ts';
import type { CliContext } from './cli-context.ts';
import { readNamedFile, readOptionalFile } from './read-file.ts';
import { UsageError } from './usage-error.ts';

const VARIABLES = {
  address: 'TOKENVAULT_ADDRESS',
  ca: 'TOKENVAULT_CA_FILE',
  cert: 'TOKENVAULT_CERT_FILE',
  key: 'TOKENVAULT_KEY_FILE',
} as const;

/** What `npm run dev` leaves for the operator of the development stack. */
const DEV_FOLDER = '.tokenvault/dev';
const DEV_FILES = {
  address: join(DEV_FOLDER, 'address'),
  ca: join(DEV_FOLDER, 'ca.pem'),
  cert: join(DEV_FOLDER, 'operator.pem'),
  key: join(DEV_FOLDER, 'operator-key.pem'),
} as const;

/**
 * Connects as the variables `TOKENVAULT_*` say; where none of them is set, as the operator of the
 * development stack of this folder.
 * @throws UsageError naming what is missing
 */
export function connectAsCaller(context: CliContext): TokenVaultConnection {
  const options = fromVariables(context) ?? fromDevFiles(context);
  if (options === undefined) {
    throw new UsageError(
      `Say where TokenVault is and who calls: set ${Object.values(VARIABLES).join(', ')}, or start \`npm run dev\` in this folder.`,
    );
  }
  try {
    return connect(options);
  } catch {
    // A broken PEM, or an IP address as the host; the vendor's text may quote the key.
    throw new UsageError(
      'The address or the certificate files make no sense: the address is name:port with a host name, the files are PEM.',
    );
  }
}

function fromVariables(context: CliContext): ConnectOptions | undefined {
  const { env } = context;
  const set = Object.values(VARIABLES).filter((name) => env[name]);
  if (set.length === 0) return undefined;
  const read = (name: string) => readNamedFile(context, required(context, name), `$${name}`);
  return {
    address: required(context, VARIABLES.address),
    caPem: read(VARIABLES.ca),
    certPem: read(VARIABLES.cert),
    keyPem: read(VARIABLES.key),
  };
}

function required({ env }: CliContext, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new UsageError(
    `${name} is not set: all of ${Object.values(VARIABLES).join(', ')} are needed.`,
  );
}

function fromDevFiles(context: CliContext): ConnectOptions | undefined {
  const address = readOptionalFile(context, DEV_FILES.address);
  const caPem = readOptionalFile(context, DEV_FILES.ca);
  const certPem = readOptionalFile(context, DEV_FILES.cert);
  const keyPem = readOptionalFile(context, DEV_FILES.key);
  if (!address || !caPem || !certPem || !keyPem) return undefined;
  return { address: address.trim(), caPem, certPem, keyPem };
}
