import { readFileSync } from 'node:fs';
import type { Clock } from '../domain/clock.ts';
import type { Random } from '../domain/random.ts';
import { TokenVaultClient } from '../gen/tokenvault/v1/token_vault.ts';
import { systemClock } from '../observability/system-clock.ts';
import { systemRandom } from '../observability/system-random.ts';
import { watchFolder } from '../observability/watch-folder.ts';
import { connectionOver, type TokenVaultConnection } from './connect.ts';
import { type ConnectionSettings, VARIABLES } from './connection-settings.ts';
import { FollowedFiles, type FollowPorts, type TakeTexts } from './followed-files.ts';
import { type Link, openLink } from './link.ts';
import { connectOptions, goodTexts } from './read-connect-options.ts';
import { type Files, type FileTexts, textsOf, tokenFiles, trustFiles } from './read-credentials.ts';
import { ReplaceableLink } from './replaceable-link.ts';
import { retrying } from './retrying.ts';
import { SettingsError } from './settings-error.ts';

export interface OpenOptions {
  /**
   * Told, in a sentence that may be logged, why files that were replaced are not taken. Default: a
   * warning of the process.
   */
  readonly onWarning?: ((warning: string) => void) | undefined;
}

/** What the machine gives. */
export interface OpenPorts extends Omit<FollowPorts, 'onWarning'> {
  readonly clock: Clock;
  readonly random: Random;
}

export const MACHINE: OpenPorts = {
  clock: systemClock,
  random: systemRandom,
  readFile: (path) => readFileSync(path, 'utf8'),
  watchFolder,
};

const NOT_TAKEN =
  'The files of the connection to TokenVault were replaced, but it could not be reached with the new ones.';

const NOT_USABLE = `TLS takes no such certificate or key, weak as they may be: replace the files of ${VARIABLES.certFile} and ${VARIABLES.keyFile}.`;

/**
 * Opens a connection that follows its files, and that repeats calls which may go well a moment later
 * within their deadline. Nothing is dialled before the first call.
 * @throws SettingsError naming everything that is wrong with the settings and their files
 */
export function openConnection(
  settings: ConnectionSettings,
  { onWarning = warn }: OpenOptions = {},
  machine: OpenPorts = MACHINE,
): TokenVaultConnection {
  const ports = { ...machine, onWarning };
  const texts = goodTexts(settings, ports.readFile);
  let { jwtFile: token = '' } = texts;
  const open = (trust: FileTexts): Link<TokenVaultClient> => {
    const options = connectOptions(settings, trust, () => token);
    try {
      return openLink(TokenVaultClient, options, ports);
    } catch {
      // OpenSSL takes less than what is well formed; its words may quote the files.
      throw new SettingsError([NOT_USABLE]);
    }
  };
  const link = new ReplaceableLink(open(texts), ports.clock);
  const follow = (files: Files, take: TakeTexts) =>
    new FollowedFiles(files, { first: textsOf(files, texts), take }, ports);
  const followed = [
    follow(trustFiles(settings), async (next) => {
      try {
        return (await link.replace(open(next))) ? undefined : NOT_TAKEN;
      } catch (error) {
        if (error instanceof SettingsError) return error.message;
        throw error;
      }
    }),
    follow(tokenFiles(settings), async (next) => {
      token = next.jwtFile ?? token;
      return undefined;
    }),
  ];
  const closing = new AbortController();
  return connectionOver({
    send: retrying(link.send, { ...ports, closed: closing.signal }),
    reachability: () => link.reachability(),
    close: () => {
      for (const files of followed) files.stop();
      closing.abort();
      link.close();
    },
  });
}

function warn(warning: string): void {
  process.emitWarning(warning, 'TokenVaultWarning');
}
