import type { ConnectionSettings } from './connection-settings.ts';
import type { ConnectOptions, TokenConnectOptions } from './credentials.ts';
import { allFiles, type FileTexts, type ReadFile, readTexts } from './read-credentials.ts';
import { SettingsError } from './settings-error.ts';
import { addressProblems } from './settings-from-environment.ts';

/** What `connect` takes, with the files as they are now. @throws SettingsError */
export function readConnectOptions(
  settings: ConnectionSettings,
  readFile: ReadFile,
): ConnectOptions | TokenConnectOptions {
  const texts = goodTexts(settings, readFile);
  const { jwtFile: token = '' } = texts;
  return connectOptions(settings, texts, () => token);
}

/** What the files hold. @throws SettingsError naming everything that is wrong with the settings, too */
export function goodTexts(settings: ConnectionSettings, readFile: ReadFile): FileTexts {
  const { texts, problems } = readTexts(allFiles(settings), readFile);
  const all = [...addressProblems(settings), ...problems];
  if (all.length > 0) throw new SettingsError(all);
  return texts;
}

export function connectOptions(
  { address, serverName }: ConnectionSettings,
  { caFile: caPem = '', certFile: certPem, keyFile: keyPem }: FileTexts,
  bearerToken: () => string,
): ConnectOptions | TokenConnectOptions {
  const server = { address, serverName, caPem };
  if (certPem === undefined || keyPem === undefined) return { ...server, bearerToken };
  return { ...server, certPem, keyPem };
}
