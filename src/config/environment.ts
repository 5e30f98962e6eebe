/** What a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the configuration file. */
export const CONFIG_FILE_VARIABLE = 'TOKENVAULT_CONFIG';

/** Read by the programs that call TokenVault, which may share an environment with it. */
const CALLER_VARIABLES: ReadonlySet<string> = new Set([
  'TOKENVAULT_ADDRESS',
  'TOKENVAULT_CA_FILE',
  'TOKENVAULT_CERT_FILE',
  'TOKENVAULT_KEY_FILE',
  'TOKENVAULT_JWT_FILE',
  'TOKENVAULT_SERVER_NAME',
]);

/**
 * Kubernetes puts these into every pod beside a Service named tokenvault or tokenvault-…; nobody
 * set them, so they are no mistake. https://kubernetes.io/docs/concepts/services-networking/service
 */
const SERVICE_LINK =
  /^TOKENVAULT_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** The variable of a key: `listen.tls.cert_file` is `TOKENVAULT_LISTEN_TLS_CERT_FILE`. */
export function variableOf(path: readonly string[]): string {
  return `TOKENVAULT_${path.join('_').toUpperCase()}`;
}

/** The first of `names` that is set to something. */
export function firstSet(
  env: Environment,
  names: readonly string[],
): { readonly name: string; readonly value: string } | undefined {
  for (const name of names) {
    const value = env[name];
    if (value !== undefined && value !== '') return { name, value };
  }
  return undefined;
}

/** The variables that look like ours and are none: most likely a typing mistake. */
export function unknownVariables(env: Environment, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(env).filter(
    (name) =>
      name.startsWith('TOKENVAULT_') &&
      name !== CONFIG_FILE_VARIABLE &&
      !known.has(name) &&
      !CALLER_VARIABLES.has(name) &&
      !SERVICE_LINK.test(name),
  );
}
