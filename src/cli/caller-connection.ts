import { join } from 'node:path';
import type { ConnectOptions, TokenConnectOptions } from '../client/connect.ts';
import { connectOperator, type OperatorConnection } from '../client/connect-operator.ts';
import { type ConnectionSettings, VARIABLES } from '../client/connection-settings.ts';
import { readConnectOptions } from '../client/read-connect-options.ts';
import { SettingsError } from '../client/settings-error.ts';
import { settingsFromEnvironment } from '../client/settings-from-environment.ts';
import { TokenVaultError } from '../client/token-vault-error.ts';
import type { CliContext } from './cli-context.ts';
import { readOptionalFile } from './read-file.ts';
import { UsageError } from './usage-error.ts';

/** What `npm run dev` leaves for the operator of the development stack. */
const DEV_FOLDER = '.tokenvault/dev';
const DEV_FILES = {
  caFile: join(DEV_FOLDER, 'ca.pem'),
  certFile: join(DEV_FOLDER, 'operator.pem'),
  keyFile: join(DEV_FOLDER, 'operator-key.pem'),
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
  const isDevelopment = Object.values(VARIABLES).every((variable) => !context.env[variable]);
  const options = connectOptions(context, isDevelopment);
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

/** @throws UsageError */
function connectOptions(
  context: CliContext,
  isDevelopment: boolean,
): ConnectOptions | TokenConnectOptions {
  try {
    const settings = isDevelopment ? devSettings(context) : settingsFromEnvironment(context.env);
    return readConnectOptions(settings, context.readFile);
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message);
    throw error;
  }
}

/** The address is there while the stack runs, and after it was killed. */
function devSettings(context: CliContext): ConnectionSettings {
  const address = readOptionalFile(context, join(DEV_FOLDER, 'address'))?.trim();
  const isThere = (path: string) => readOptionalFile(context, path) !== undefined;
  if (address && Object.values(DEV_FILES).every(isThere)) return { address, ...DEV_FILES };
  const { address: server, caFile, certFile, keyFile, jwtFile } = VARIABLES;
  throw new UsageError(
    `Say where TokenVault is and who calls: set ${server}, ${caFile}, ${certFile}, ${keyFile}, or ${jwtFile} in place of the last two, or start \`npm run dev\` in this folder.`,
  );
}
