interface ServerSettings {
  /**
   * `host:port`, or several with commas between them: replicas, any of which takes a call. An IP
   * address needs `serverName`.
   */
  readonly address: string;
  /** File with the authorities that sign TokenVault's certificate, PEM. */
  readonly caFile: string;
  /** The name in TokenVault's certificate, where it is not the host of the address. */
  readonly serverName?: string | undefined;
}

/** A caller that shows a certificate. */
export interface CertificateSettings extends ServerSettings {
  /** File with the caller's certificate and its chain, PEM. */
  readonly certFile: string;
  /** File with the private key of that certificate, PEM. */
  readonly keyFile: string;
}

/** A caller that shows a token, at TokenVault's port for those (`listen_jwt`). */
export interface TokenSettings extends ServerSettings {
  /** File with the caller's token and nothing else. */
  readonly jwtFile: string;
}

/** Where TokenVault is, and who calls. All files are followed: replace them, and restart nothing. */
export type ConnectionSettings = CertificateSettings | TokenSettings;

/** The variables that say the same. */
export const VARIABLES = {
  address: 'TOKENVAULT_ADDRESS',
  caFile: 'TOKENVAULT_CA_FILE',
  certFile: 'TOKENVAULT_CERT_FILE',
  keyFile: 'TOKENVAULT_KEY_FILE',
  jwtFile: 'TOKENVAULT_JWT_FILE',
  serverName: 'TOKENVAULT_SERVER_NAME',
} as const;

export type SettingName = keyof typeof VARIABLES;

/** How a problem names a setting and what it is. */
export function named(name: SettingName, value: string): string {
  return `${VARIABLES[name]} (${value})`;
}

/** The same problem for who gave the settings in code, and not in variables. */
export function namedInCode(problem: string): string {
  return Object.entries(VARIABLES).reduce(
    (text, [name, variable]) => text.replaceAll(variable, `settings.${name}`),
    problem,
  );
}
