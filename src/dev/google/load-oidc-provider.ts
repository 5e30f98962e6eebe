type OidcProviderModule = typeof import('oidc-provider');

/**
 * Loads `oidc-provider` without the line it prints for a Node release that it does not know as LTS
 * yet: it works there (the integration tests run on it), and the user can do nothing about the line.
 */
export async function loadOidcProvider(): Promise<OidcProviderModule> {
  const original = Object.getOwnPropertyDescriptor(globalThis.console, 'warn');
  const { warn } = globalThis.console;
  globalThis.console.warn = (...args: unknown[]) => {
    if (!String(args[0]).includes('Unsupported runtime')) warn(...args);
  };
  try {
    return await import('oidc-provider');
  } finally {
    if (original !== undefined) Object.defineProperty(globalThis.console, 'warn', original);
  }
}
