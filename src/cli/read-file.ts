import type { CliContext } from './cli-context.ts';
import { UsageError } from './usage-error.ts';

/**
 * Reads a file that the user named; `what` says what it should be, such as "the CA certificate".
 * @throws UsageError when it cannot be read
 */
export function readNamedFile(context: CliContext, path: string, what: string): string {
  const text = readOptionalFile(context, path);
  if (text === undefined) throw new UsageError(`Cannot read ${what} at ${path}: check the path.`);
  return text;
}

/** The file's text, or undefined where it cannot be read. */
export function readOptionalFile(context: CliContext, path: string): string | undefined {
  try {
    return context.readFile(path);
  } catch {
    // Absent or unreadable is the same to the caller, who names the path.
    return undefined;
  }
}
