/** Key sets have a type of their own (RFC 7517 section 8.5.2). */
const JSON_TYPE = /^application\/(?:jwk-set\+)?json\s*(;|$)/i;

/** The body as JSON; undefined where it does not say that it is, or is not. */
export async function jsonBody(response: Response): Promise<unknown> {
  if (!JSON_TYPE.test(response.headers.get('content-type') ?? '')) return undefined;
  const bytes = await response.arrayBuffer();
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The error of the parser quotes the text, which may hold tokens.
    return undefined;
  }
}
