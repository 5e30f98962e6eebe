import type { LogFields } from '../domain/logger.ts';

/**
 * What may be logged of an error that nobody foresaw: its name and where it was thrown. Its message
 * is left out, because it may quote a secret.
 */
export function unexpectedErrorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  return { error: error.name, stack: framesOf(error) };
}

function framesOf({ stack = '', message }: Error): string | undefined {
  const start = stack.indexOf(message);
  // A message that was changed after the throw: then where it ends in the stack is not known.
  if (start < 0) return undefined;
  const frames = stack.slice(start + message.length).split('\n');
  return frames.filter((line) => line.startsWith('    at ')).join('\n');
}
