import { isIP } from 'node:net';
import { splitHostPort } from '../domain/host-port.ts';
import { addressesIn } from './addresses.ts';
import {
  type ConnectionSettings,
  named,
  type SettingName,
  VARIABLES,
} from './connection-settings.ts';
import { SettingsError } from './settings-error.ts';

/** What a setting that is missing should be. */
const NEEDED = {
  address: 'give host:port of TokenVault, or several with commas between them',
  caFile: "name the PEM file of the authority that signs TokenVault's certificate",
  certFile: `name the PEM file of this caller's certificate, or set ${VARIABLES.jwtFile} in place of certificate and key`,
  keyFile: `name the PEM file of the key of the certificate in ${VARIABLES.certFile}`,
} as const;

const DNS_NAME = /^[A-Za-z0-9.-]{1,253}$/;

/**
 * Where TokenVault is and who calls it, from the variables `TOKENVAULT_*`. No file is read.
 * @throws SettingsError
 */
export function settingsFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): ConnectionSettings {
  const setting = (name: SettingName) => env[VARIABLES[name]]?.trim() || undefined;
  const problems: string[] = [];
  const needed = (name: keyof typeof NEEDED): string => {
    const value = setting(name);
    if (value === undefined) problems.push(`${VARIABLES[name]} is not set: ${NEEDED[name]}.`);
    return value ?? '';
  };
  const server = {
    address: needed('address'),
    caFile: needed('caFile'),
    serverName: setting('serverName'),
  };
  const jwtFile = setting('jwtFile');
  const caller =
    jwtFile === undefined
      ? { certFile: needed('certFile'), keyFile: needed('keyFile') }
      : { jwtFile };
  if (jwtFile !== undefined && (setting('certFile') ?? setting('keyFile')) !== undefined) {
    problems.push(
      `${VARIABLES.jwtFile} is set beside ${VARIABLES.certFile} or ${VARIABLES.keyFile}: a caller shows a token or a certificate.`,
    );
  }
  if (server.address !== '') problems.push(...addressProblems(server));
  if (problems.length > 0) throw new SettingsError(problems);
  return { ...server, ...caller };
}

/** What is wrong with where TokenVault should be. */
export function addressProblems({
  address,
  serverName,
}: Pick<ConnectionSettings, 'address' | 'serverName'>): readonly string[] {
  const problems: string[] = [];
  try {
    // TLS has no names for IP addresses, and the certificate is checked by name.
    const bare = addressesIn(address).filter((each) => isIP(splitHostPort(each).host) !== 0);
    if (serverName === undefined && bare.length > 0) {
      problems.push(
        `${named('address', bare.join(','))} is an IP address: use a host name that is in the certificate of TokenVault, or set ${VARIABLES.serverName} to one.`,
      );
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    problems.push(`${named('address', address)} ${error.message}.`);
  }
  if (serverName !== undefined && !DNS_NAME.test(serverName)) {
    problems.push(`${named('serverName', serverName)} must be a DNS name.`);
  }
  return problems;
}
