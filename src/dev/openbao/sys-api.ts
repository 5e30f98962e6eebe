export interface SysReply {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly body: unknown;
}

const REQUEST_TIMEOUT_MS = 5_000;

/** One request to the server's own API. Development only; the service goes through `VaultClient`. */
export async function call(
  address: string,
  method: 'GET' | 'POST',
  path: string,
  options: { readonly token?: string; readonly body?: object } = {},
): Promise<SysReply> {
  try {
    const response = await fetch(`${address}/v1/${path}`, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      headers: options.token === undefined ? {} : { 'X-Vault-Token': options.token },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  } catch {
    // Not listening yet, or gone: the caller polls until its own deadline.
    return { status: 0, body: undefined };
  }
}
