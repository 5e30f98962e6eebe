/** What a request sends, as gaxios takes it. */
interface Sent {
  readonly data?: unknown;
  readonly body?: unknown;
  readonly multipart?: readonly { readonly content: unknown }[];
}

/** Whether the same request can be made once more: a stream is used up by the first time. */
export function isRepeatable({ data, body, multipart = [] }: Sent): boolean {
  return ![data, body, ...multipart.map(({ content }) => content)].some(isStream);
}

/** Of Node or of the web, or whatever else is read step by step. */
function isStream(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'pipe' in value || 'getReader' in value || Symbol.asyncIterator in value;
}
