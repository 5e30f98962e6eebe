const HIDDEN = '[redacted]';

interface WithConfig {
  readonly config?: { readonly headers?: unknown };
}

/**
 * Takes the token out of what gaxios says of a request that is over, an answer or an error, where
 * whoever prints it would show it. Its own redactor leaves answers as they are, and can be switched off.
 */
export function hideToken(ended: unknown): void {
  const { config, response } = (ended ?? {}) as WithConfig & { readonly response?: WithConfig };
  for (const headers of [config?.headers, response?.config?.headers]) {
    if (headers instanceof Headers) headers.set('authorization', HIDDEN);
  }
}
