/** The system's code of an error, such as ENOSPC: all of it that is worth telling. */
export function systemCode(error: unknown): string {
  const code: unknown = Object(error).code;
  return typeof code === 'string' ? code : 'UNKNOWN';
}
